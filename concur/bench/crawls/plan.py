"""What a run of crawls will do: targets × scenarios, rounds. Tier 1; data. `choosing.py` makes it of what was typed."""

import msgspec

from concur.bench.crawls.scenarios import Scenario, fewer, why_not
from concur.bench.plan import Target
from concur.wire.links import PARSERS

DEFAULT_SCENARIOS = ("near", "far")
DEFAULT_REFERENCE = "threads"
STARTS_S = 1.0  # what a trial takes besides its crawl: two processes begin and end, and the log is judged
CEILING_S = 1.0  # the window in which what the web can serve is measured


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run. parser is one of `concur.wire.links.PARSERS`, for all; notes say how it came to be, where asked."""

    targets: list[Target]
    scenarios: list[Scenario]
    rounds: int = 3
    parser: str = PARSERS[0]
    reference: str = DEFAULT_REFERENCE
    seed: int = 1
    notes: list[str] = []

    @property
    def present(self) -> list[Target]:
        """The targets that can be measured, as far as is known before anything starts."""
        return [target for target in self.targets if not target.absent]

    @property
    def trials(self) -> int:
        """How many trials it will take."""
        return self.rounds * len(self._pairs())

    @property
    def is_sweep(self) -> bool:
        """Whether it goes over several numbers of requests in flight."""
        return any(one.variant_of for one in self.scenarios)

    def about_s(self) -> float:
        """A rough guess at how long these trials will take."""
        crawls_s = sum(fewer(target.name, one).about_s() + STARTS_S for target, one in self._pairs())
        return self.rounds * crawls_s + len(self.shapes) * (CEILING_S + STARTS_S)

    @property
    def shapes(self) -> dict[tuple[int, int], Scenario]:
        """One scenario for each (links, page_bytes), which are what a web's ceiling depends on."""
        return {(one.links, one.page_bytes): one for one in self.scenarios}

    def _pairs(self) -> list[tuple[Target, Scenario]]:
        return [(each, one) for each in self.present for one in self.scenarios if not why_not(each.name, one)]
