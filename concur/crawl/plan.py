"""What a crawl is to do, and its limits. Tier 0; pure data, checked once.

What must not live here: what happens in a crawl (`frontier.py`).
"""

import math
from dataclasses import dataclass
from typing import Any

from concur.errors import UsageError
from concur.wire.urls import Url

Origin = tuple[str, str, int]  # scheme, host, port (RFC 6454)

AGENT = "concur"
RETRIES_MOST = 1000
# What says that two plans crawl the same: limits and delays may change when a crawl is resumed, these may not.
_IDENTITY = ("seeds", "origins", "max_depth", "agent", "obey_robots")


@dataclass(frozen=True)
class Plan:
    """One crawl.

    seeds have depth 0; origins is the scope, by default the seeds' own.
    max_depth and max_pages None mean no limit; connections and
    connections_per_origin are requests in flight at most, over all and to one
    origin. delay_s is the time from the end of a request to the beginning of the
    next one to its origin: with one, there is one at a time. An answer that is
    not final is asked for again `retries` times at most: after Retry-After if it
    says so, else after backoff_s, doubled each time; nothing is waited for longer
    than retry_after_most_s. Raises UsageError for what makes no sense.
    """

    seeds: tuple[Url, ...]
    origins: tuple[Origin, ...] = ()
    max_depth: int | None = None
    max_pages: int | None = None
    connections: int = 20
    connections_per_origin: int = 6
    delay_s: float = 0.0
    retries: int = 2
    retry_after_most_s: float = 60.0
    backoff_s: float = 0.25
    agent: str = AGENT
    obey_robots: bool = True

    def __post_init__(self) -> None:
        origins = self.origins or tuple(seed.origin for seed in self.seeds)
        object.__setattr__(self, "origins", tuple(dict.fromkeys(origins)))
        self._check_numbers()
        if not self.seeds:
            raise UsageError("a crawl needs a page to start from", do="Give it a URL.")
        for seed in self.seeds:
            if seed.origin not in self.origins:
                raise UsageError(f"{seed} is out of the crawl's scope", do="Add its origin to the scope.")

    def _check_numbers(self) -> None:
        least = {"max_depth": 0, "max_pages": 1, "connections": 1, "connections_per_origin": 1, "retries": 0}
        least |= dict.fromkeys(("delay_s", "retry_after_most_s", "backoff_s"), 0)
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= bound):
                raise UsageError(f"{name} cannot be {value}", do=f"Give it a number of {bound} or more.")
        if self.retries > RETRIES_MOST:
            raise UsageError(f"retries cannot be {self.retries}", do=f"Give it a number up to {RETRIES_MOST}.")

    @property
    def identity(self) -> dict[str, Any]:
        """What says which crawl this is, in JSON's types: plans of one identity may resume each other's crawl."""
        facts = {name: getattr(self, name) for name in _IDENTITY}
        origins = [list(origin) for origin in self.origins]
        return facts | {"seeds": [str(seed) for seed in self.seeds], "origins": origins}
