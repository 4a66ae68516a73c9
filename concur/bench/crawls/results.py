"""What a run of crawls leaves behind: one JSON file, whose shape is this file's structs. Tier 1; pure data.

Names are stable, for scripts. Times are `_ns`; rates are pages a second; an
Estimate is a median over rounds with its 95 % interval, none where there was one round.
"""

from pathlib import Path
from typing import Any

import msgspec

from concur.bench.counters import Counters
from concur.bench.results import Comparison, CpuPerRequest, Estimate
from concur.errors import UsageError

SCHEMA = 1
SERVICE = "crawl"


class Look(msgspec.Struct, frozen=True):
    """How far a crawl was, by the web's log: requests so far, and nanoseconds since it was told to begin."""

    at_ns: int
    requests: int


class Trial(msgspec.Struct, kw_only=True):
    """One fresh crawler on one fresh web, from the seed to the end: the whole crawl is the window.

    pages are the URLs of the right answer that were asked for; took_ns is by the crawler's own clock, without its
    start. What the web saw is `web_…`.
    """

    round: int
    started_at: str  # ISO 8601, UTC
    verdict: str  # ok, web-bound, wrong, failed; absent, where it was not the interpreter that it is called
    reason: str = ""
    pages: int = 0
    requests: int = 0
    took_ns: int = 0
    looks: list[Look] = []
    counters: Counters | None = None  # the difference from the beginning to the end, of the whole tree
    counter_source: str = ""
    missing: list[str] = []
    memory_bytes: int | None = None  # proportional set size of the tree: the larger of those half-way and at the end
    busy: float | None = None  # CPU used / CPU allotted
    most_in_flight: int = 0
    web_busy: float | None = None
    web_in_flight: int = 0  # requests unanswered at a time, at most
    web_connections: int = 0  # open at a time, at most
    complaints: list[str] = []
    ready: dict[str, Any] = {}
    end: dict[str, Any] = {}
    stderr: str = ""

    @property
    def rate_per_s(self) -> float:
        """Pages a second, ramp-up and tail included; 0 for a crawl that did not end."""
        return 1e9 * self.pages / self.took_ns if self.took_ns else 0.0


class Cell(msgspec.Struct, kw_only=True):
    """One target in one scenario, over all rounds. ideal_per_s is what latency alone would allow.

    second_half is the rate of the second half of the requests over that of the first: above 1 where it warmed up.
    bound_by is CPU, latency, web or waits (none of these); empty where nothing was measured.
    """

    model: str
    interpreter: str
    scenario: str
    label: str
    in_flight: int  # asked for
    pages: int  # of the web
    is_fewer: bool = False  # in flight than the scenario has, as it asks for no more at a time
    placement: str = ""
    verdict: str = "absent"
    reason: str = ""
    rate_per_s: Estimate | None = None
    ideal_per_s: float | None = None
    cpu_ns_per_page: CpuPerRequest | None = None
    busy: float | None = None
    web_busy: float | None = None
    most_in_flight: float | None = None
    web_in_flight: float | None = None
    memory_bytes: float | None = None
    counters: dict[str, float] = {}  # medians, each per page
    second_half: float | None = None
    bound_by: str = ""
    observed: dict[str, Any] = {}
    trials: list[Trial] = []


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """What the web's server serves here, at these pages without latency: no crawl's rate can be above it."""

    links: int
    page_bytes: int
    pages_per_s: float
    server_busy: float
    client_busy: float  # where that is higher, the server can serve more


class Run(msgspec.Struct, kw_only=True):
    """One `concur bench --service crawl`: the plan, where it ran, and every trial."""

    schema: int = SCHEMA
    service: str = SERVICE
    concur: str
    id: str
    started_at: str
    command: list[str]
    plan: dict[str, Any]
    machine: dict[str, Any]
    parser: str = ""
    warnings: list[str] = []
    ceilings: list[Ceiling] = []
    cells: list[Cell] = []
    comparisons: list[Comparison] = []
    complete: bool = False
    took_ns: int = 0


class _Header(msgspec.Struct):
    """What tells a run of crawls from others."""

    schema: int
    service: str = ""


def load(path: Path) -> Run:
    """A run of crawls from its file. Raises UsageError for one that is not there, is none, or of another schema."""
    try:
        content = path.read_bytes()
        header = msgspec.json.decode(content, type=_Header)
        if header.service != SERVICE:
            raise UsageError(f"{path} is no run of crawls", do="Show it without --service crawl.")
        if header.schema != SCHEMA:
            raise UsageError(f"{path} is of schema {header.schema}, this concur reads {SCHEMA}", do="Measure again.")
        return msgspec.json.decode(content, type=Run)
    except OSError as error:
        raise UsageError(f"cannot read the run {path}", why=error.strerror or str(error)) from None
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no whole run of crawls", why=str(error)) from None
