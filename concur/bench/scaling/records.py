"""What a run's file keeps of its curves and rate sweeps. Pure data; the names are stable, for scripts."""

import msgspec

from concur.bench.figure import Estimate


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a curve. is_at_least: the engine was the limit there, so that the server could do more."""

    n: int
    rate_per_s: Estimate
    is_at_least: bool = False


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """A scaling law fitted to a curve, or why it is withheld. Every figure has a 95 % bootstrap interval over rounds.

    name is usl or amdahl: X(N) = λN / (1 + σ(N-1) + κN(N-1)), Amdahl's without κ.
    What is withheld has no figures but the errors: the median and the worst
    relative error at points that a fit to the others had to foretell.
    """

    name: str
    withheld: str = ""
    rate_of_one: Estimate | None = None  # λ
    contention: Estimate | None = None  # σ
    coherency: Estimate | None = None  # κ
    peak_n: Estimate | None = None  # N*, where the rate is highest; only of usl
    ceiling_per_s: Estimate | None = None  # what no N exceeds: of usl the rate at its peak
    held_out_error: float | None = None
    held_out_worst: float | None = None


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The rate of one target over connections, payload or workers.

    over is connections, payload, processes, threads or interpreters; fixed says
    what of the load stays the same, `1 KiB`. Without laws where a law says nothing: of payloads.
    """

    label: str
    model: str
    interpreter: str
    scenario: str  # the named load of which these are variants
    over: str
    fixed: str = ""
    points: list[Point]
    laws: list[Law] = []
    left_out: list[str] = []  # what of it no law was fitted to, and why


class Crossover(msgspec.Struct, frozen=True, kw_only=True):
    """Where the first of two begins to answer more than the second.

    at has an interval where it is sure that they cross: who is ahead before, and who after, is no chance.
    """

    label: str
    interpreter: str
    overtakes: str
    overtakes_interpreter: str
    scenario: str
    over: str
    fixed: str = ""
    at: Estimate


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rate of a rate sweep. why_not says why the target did not keep it; empty where it did."""

    scenario: str
    offered_per_s: float
    answered_per_s: Estimate
    latency_ns: dict[str, Estimate]
    why_not: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The highest rate under which a latency stays within a limit.

    bound is «knee» where the limit was kept at every rate up to it, «at least» where no
    higher rate was offered, «below» where at none was it kept: rate_per_s then is the lowest of them.
    """

    condition: str
    rate_per_s: Estimate
    bound: str = ""


class RateSweep(msgspec.Struct, frozen=True, kw_only=True):
    """One target under rising rates. Its knee lies between the last rate that it kept and the first that it did not.

    capacity_per_s and closed_ns are of the closed loop that came before; ended is why no higher rate was offered.
    """

    label: str
    model: str
    interpreter: str
    scenario: str  # the closed loop's
    capacity_per_s: Estimate
    closed_ns: dict[str, Estimate]
    steps: list[Step] = []
    knee_low_per_s: float | None = None
    knee_high_per_s: float | None = None
    ended: str = ""
    p99_at_half_ns: Estimate | None = None  # at half of knee_low_per_s
    kept: list[Kept] = []


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """What one loop saw; histogram as in `load/plan.py`."""

    rate_per_s: float
    latency_ns: dict[str, float]
    histogram: list[tuple[int, int]]


class TwoLoops(msgspec.Struct, frozen=True, kw_only=True):
    """A server that pauses so long after every so many messages, under a closed loop and an open one."""

    closed: Loop
    opened: Loop
    pause_ns: int
    messages_between: int


class Scaling(msgspec.Struct, kw_only=True):
    """All of it; empty lists of what a run did not ask for."""

    curves: list[Curve] = []
    crossovers: list[Crossover] = []
    rate_sweeps: list[RateSweep] = []
