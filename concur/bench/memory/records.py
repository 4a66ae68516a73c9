"""What a measuring of memory leaves behind: structs of a run's file, whose names are stable. Tier 1; pure data."""

from typing import Any

import msgspec

from concur.bench.figure import Estimate


class MemoryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a target held with so many idle connections, each of which had exchanged one message.

    bytes is the process tree's own: proportional or resident set size, as the
    trial's source says. kernel_bytes is what the kernel held for it, page tables and stacks of
    threads being parts of that; None where it could not be read.
    """

    connections: int
    bytes: int
    threads: int
    processes: int
    page_tables_bytes: int | None = None
    stacks_bytes: int | None = None
    kernel_bytes: int | None = None
    is_settled: bool = True  # two readings in a row were the same


class MemoryTrial(msgspec.Struct, kw_only=True):
    """One fresh process, read level by level: `memory/trial.py` makes it."""

    round: int
    started_at: str  # ISO 8601, UTC
    verdict: str  # ok, failed, absent
    reason: str = ""
    points: list[MemoryPoint] = []
    stopped: str = ""  # why it has fewer levels than were meant
    source: str = ""  # pss or rss
    kernel_source: str = ""  # cgroup: the target's alone; machine: the whole machine's, both ends of each connection
    ready: dict[str, Any] = {}  # what the target said of itself after its imports
    stderr: str = ""


class MemoryRow(msgspec.Struct, kw_only=True):
    """Memory a connection of one target: slopes over its levels, medians over rounds with their intervals.

    kernel_bytes_per_connection has "all", and of that "stacks" and "page tables"; what was not read is not there.
    """

    model: str
    topology: str
    interpreter: str
    label: str
    env: dict[str, str] = {}
    verdict: str = "absent"  # ok, not linear, failed, absent
    reason: str = ""
    levels: list[int] = []
    bytes_per_connection: Estimate | None = None
    base_bytes: Estimate | None = None  # without a connection
    kernel_bytes_per_connection: dict[str, Estimate] = {}
    threads_per_connection: float | None = None
    processes_per_connection: float | None = None
    r_squared: float | None = None
    held_out_connections: int | None = None  # the level that a line through the others was held against
    held_out_error: float | None = None  # by what share of what was added there it missed that
    trials: list[MemoryTrial] = []


class MemoryClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a claim in public: `memory/claim.py` has the rules."""

    about: str  # thread or coroutine
    claimed_bytes: int
    verdict: str  # confirmed, refuted, depends, described
    depends_on: list[str] = []
    lowest: str = ""  # whose interval begins lowest, and ends highest; of the process's own memory
    highest: str = ""
    low_bytes: float
    high_bytes: float
    high_with_kernel_bytes: float  # with the stacks and page tables that the kernel holds


class Memory(msgspec.Struct, kw_only=True):
    """What `concur bench --memory` found."""

    levels: list[int]
    payload_bytes: int
    rounds: int
    rows: list[MemoryRow] = []
    claims: list[MemoryClaim] = []
