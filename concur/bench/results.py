"""What a run leaves behind: one JSON file, whose shape is this file's structs. Tier 1; pure data.

The names are stable, for scripts. Times inside are `_ns` integers or floats of
nanoseconds; rates are per second; `interval` is a 95 % bootstrap interval over
rounds, absent where there was one round.
"""

from pathlib import Path
from typing import Any

import msgspec

from concur.bench.counters import Counters
from concur.bench.figure import Estimate as Estimate
from concur.bench.memory.records import Memory
from concur.bench.scaling.records import Scaling, TwoLoops
from concur.errors import UsageError
from concur.load.plan import LoadResult, Slice

SCHEMA = 2


class CpuPerRequest(msgspec.Struct, frozen=True):
    """CPU time of the target for one verified request, in nanoseconds."""

    total: Estimate
    user: Estimate
    system: Estimate


class Warmup(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial's rate came to its steady state, by change points over all of its slices: `warmup.py` has the rules.

    kind is flat, warm-up, slowdown or no steady state. steady_after counts from
    the load's start to where the last level begins; None where there is none.
    """

    kind: str
    levels_per_s: list[float]  # the rate of each piece between change points
    changes_ns: list[int] = []  # where the pieces after the first begin, from the load's start
    steady_after_ns: int | None = None
    steady_after_requests: int | None = None


class Probe(msgspec.Struct, kw_only=True):
    """What a separate trial found, whose rate does not count since tracing slows it: `probing.py` makes it.

    Counts are for one verified request. waiting says where threads were when they
    were looked at: the mean number of them, by what they waited in: "gil" (for
    the GIL), "lock" (any other futex), else the system call's name; "running" is
    on a CPU or ready to be. None, or a name that is not there, was not to be had: `missing` says why.
    """

    verified: int
    window_ns: int
    rate_per_s: float
    system_calls: dict[str, float] = {}  # by name; "other" are those not counted by name
    system_call_source: str = ""  # perf or strace
    page_faults: float | None = None
    switches: float | None = None
    waiting: dict[str, float] = {}
    looks: int = 0  # how many times the threads were looked at
    gil_source: str = ""  # what told who waits for the GIL
    gil_takes: float | None = None  # how often a thread asked for the GIL
    collections: list[float] | None = None  # garbage collections by generation
    collecting_share: float | None = None  # of the window, spent in them
    jit: dict[str, float] = {}  # of the window, not a request: loops, bridges, aborts, tracing_s, compiling_s
    shares: list[int] = []  # connections that each of several workers accepted
    missing: list[str] = []


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """CPU time for one request as its counters and this machine's costs predict it, in nanoseconds.

    parts_ns is by system call, and "switches", "page faults", "interpreter",
    "message bytes", "new connections", "waking the engine".
    """

    total_ns: float
    parts_ns: dict[str, float]
    without: list[str] = []  # calls that are counted but whose cost is not known


class CostModel(msgspec.Struct, frozen=True, kw_only=True):
    """How well predictions fit: over the cells of a run that have one. costs_ns are this machine's, for one each."""

    costs_ns: dict[str, float]
    cells: int
    r_squared: float | None = None  # of CPU a request, predicted against measured; None for fewer than three cells
    kernel_r_squared: float | None = None  # of its system part alone
    worst: str = ""  # the cell that it fits least
    worst_ratio: float | None = None  # predicted over measured there


class NoiseFloor(msgspec.Struct, frozen=True, kw_only=True):
    """A/A: the reference measured twice in each round. What differs between the two is the machine's noise."""

    scenario: str
    metric: str
    label: str
    interpreter: str
    rounds: int
    ratio: Estimate  # the twin over the reference, paired by round
    spread: float | None = None  # standard deviation of the logarithm of the ratio, by round


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Why a scenario's rounds ended, where they were to go on until a precision or a time: `rounds.py` decides."""

    scenario: str
    rounds: int
    why: str  # precise, budget or bound (of the number of rounds)
    intervals: int  # how many were to be narrow: those of the ratios; without any, the cells' own
    wide: int  # and how many were not


class Trial(msgspec.Struct, kw_only=True):
    """One fresh target under one load: the warm-up's slices, the window's figures, how it ended."""

    round: int
    started_at: str  # ISO 8601, UTC
    verdict: str  # ok, engine-bound, void, wrong, failed; absent, where it was not the interpreter that it is called
    reason: str = ""
    repeated: int = 0  # trials before it, not kept: the engine had time to spare, and still did not send on time
    warmup_ns: int = 0
    steady: bool = True
    warmup_slices: list[Slice] = []
    warmup: Warmup | None = None
    load: LoadResult | None = None
    counters: Counters | None = None  # the difference over the window
    counter_source: str = ""  # cgroup, proc or portable
    missing: list[str] = []  # what was not to be had: counters, the native engine
    memory_bytes: int | None = None  # proportional set size of the target, after the window
    server_busy: float | None = None  # CPU used / CPU allotted
    engine_busy: float | None = None
    ready: dict[str, Any] = {}  # what the target said of itself after its imports
    end: dict[str, Any] = {}  # and before it exited
    engine_sleeps: int | None = None  # in the window: each time, a reply of the target's had to wake the engine
    stderr: str = ""  # the last lines the target wrote, where it failed

    @property
    def counted_requests(self) -> float:
        """Requests while the target was counted: that ends a moment after the engine's window, at the same rate."""
        if self.load is None or self.counters is None:
            return 0.0
        return self.load.verified * self.counters.at_ns / self.load.window_ns


class Cell(msgspec.Struct, kw_only=True):
    """One target under one scenario, over all rounds."""

    model: str
    topology: str  # "1", "2 processes", …
    interpreter: str
    scenario: str
    label: str  # how a table calls it: the model, and what sets it apart from others of the same model
    env: dict[str, str] = {}
    placement: str = ""  # as it was done: pinned, shared or free
    connections: int | None = None  # active ones, where it serves fewer at a time than the scenario has
    offered_per_s: float | None = None  # of a step of a rate sweep: a share of the target's own capacity
    verdict: str = "absent"
    reason: str = ""
    rate_per_s: Estimate | None = None
    latency_ns: dict[str, Estimate] = {}
    server_cpu_ns_per_request: CpuPerRequest | None = None
    server_busy: float | None = None
    engine_busy: float | None = None
    counters: dict[str, float] = {}  # medians, each per request: voluntary_switches, minor_faults, …
    warmup: str = ""  # the class of most of its trials
    steady_after_ns: Estimate | None = None
    steady_after_requests: Estimate | None = None
    noise: dict[str, float] = {}  # standard deviation of the log rate: "window" (between parts of one), "process", …
    probe: Probe | None = None
    predicted: Prediction | None = None
    engine_sleeps: float | None = None  # for a request
    cause: str = ""  # what bounds it, by the rules of `causes.py`; empty where nothing does, or nobody asked
    explanation: str = ""  # the sentence that the counters support
    observed: dict[str, Any] = {}  # of the last good trial; of the last one, where none was good
    trials: list[Trial] = []


class Comparison(msgspec.Struct, kw_only=True):
    """A cell's rate (or, at a common rate, its p99) against the reference's, paired by round."""

    label: str
    interpreter: str
    reference: str
    reference_interpreter: str = ""
    scenario: str
    metric: str
    ratio: Estimate
    verdict: str  # faster, slower, no difference found, needs N rounds, described, not comparable
    reason: str = ""


class Run(msgspec.Struct, kw_only=True):
    """One `concur bench`: the plan, where it ran, and every trial."""

    schema: int = SCHEMA
    concur: str
    id: str
    started_at: str
    command: list[str]
    plan: dict[str, Any]
    machine: dict[str, Any]
    warnings: list[str] = []
    cells: list[Cell] = []
    comparisons: list[Comparison] = []
    noise: list[NoiseFloor] = []
    endings: list[Ending] = []  # of scenarios whose rounds went on until a precision or a time
    twins: list[Cell] = []  # the A/A twins of the reference cells: for the noise floor alone, in no table
    steps: list[Cell] = []  # of rate sweeps, each at a rate of its target's own: `scaling` says what they show
    scaling: Scaling | None = None
    two_loops: TwoLoops | None = None  # of a rate sweep: what the closed loop hides, on a server whose pauses are known
    cost_model: CostModel | None = None
    memory: Memory | None = None  # of a run that measured that, and nothing else
    complete: bool = False
    took_ns: int = 0
    measured_ns: int = 0  # warm-ups and windows alone


def load(path: Path) -> Run:
    """A run from its file.

    Raises UsageError for one that is not there, cut short, of another schema, or without a trial.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the run {path}", why=error.strerror or str(error)) from None
    try:
        header = msgspec.json.decode(content, type=_Header)
        if header.schema != SCHEMA:
            raise _of_another_schema(path, header)
        run = msgspec.json.decode(content, type=Run)
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"{path} is not a whole run", why=str(error), do="It was cut short, or is no result."
        ) from None
    if _has_nothing(run):
        raise UsageError(f"{path} holds no trial", why="the run ended before its first one", do="Measure again.")
    return run


def _has_nothing(run: Run) -> bool:
    """Whether it ended before its first trial; cells that are absent with a reason are something."""
    rows = run.memory.rows if run.memory else []
    has_something = any(cell.trials or cell.reason for cell in run.cells)
    return not has_something and not any(row.trials or row.reason for row in rows)


def _of_another_schema(path: Path, header: "_Header") -> UsageError:
    made = f"an older concur ({header.concur})" if header.schema < SCHEMA else f"a newer concur ({header.concur})"
    do = "Measure again, or show it with the version that made it." if header.schema < SCHEMA else "Upgrade concur."
    return UsageError(
        f"{path} was made by {made}", why=f"it has schema {header.schema}, this concur reads {SCHEMA}", do=do
    )


class _Header(msgspec.Struct):
    """What every schema has."""

    schema: int
    concur: str = "unknown version"
