"""What `concur gil` leaves behind: one JSON file, whose shape is this file's structs. Tier 1; pure data.

Names are stable, for scripts. Every row names its interpreter; `absent` is why
there are no figures, empty where there are. An Estimate is a median over
rounds with its 95 % interval, none where there was one round; ratios are paired by round.
"""

from pathlib import Path
from typing import Any

import msgspec

from concur.bench.results import Estimate
from concur.errors import UsageError

SCHEMA = 1
EXPERIMENTS = ("throughput", "latency", "bandwidth", "convoy", "offload", "release", "tax", "sharing", "ccbench")


class Row(msgspec.Struct, kw_only=True):
    """What all rows have."""

    interpreter: str
    absent: str = ""


class Throughput(Row, kw_only=True):
    """N workers that compute: units of the dose's computation a second, all workers together."""

    kind: str  # of computation: python, held or released
    workers: int
    topology: str  # 1, or what the workers are: threads, processes, interpreters
    rate_per_s: Estimate | None = None
    speedup: Estimate | None = None  # against one worker, in the same round
    efficiency: float | None = None  # speed-up over the CPUs that the workers could have used


class Latency(Row, kw_only=True):
    """Round trips to a service, on one connection, one after the other, beside CPU-bound threads."""

    model: str
    cpu_threads: int
    round_trips: int = 0  # of all rounds
    latency_ns: dict[str, Estimate] = {}  # p50, p90, p99, p99.9, max


class Bandwidth(Row, kw_only=True):
    """Messages a second beside CPU-bound threads; of datagrams what became of each."""

    model: str
    protocol: str  # tcp or udp
    cpu_threads: int
    connections: int
    rate_per_s: Estimate | None = None  # verified round trips
    sent: int = 0  # the counts are of all rounds
    received: int = 0
    lost: int = 0
    reordered: int = 0
    wrong: int = 0


class Convoy(Row, kw_only=True):
    """A service beside CPU-bound work at one switch interval, and what `1/(k·interval + s)` predicts for it.

    waits (k) is how many whole intervals the service's threads waited out for a
    request, counted by the kernel; asks is how often they asked for the GIL, most
    of which is granted at once. service_ns (s) is the time from a request to the
    next on one connection without CPU-bound work, service and peer on CPUs of their
    own; alone_per_s at one connection is the better of that and of both on one CPU.
    """

    model: str
    connections: int
    cpu_workers: int
    beside: str  # threads, processes, interpreters
    interval_s: float
    rate_per_s: Estimate | None = None
    alone_per_s: Estimate | None = None  # the same service with nothing beside it, in the same rounds
    fall: Estimate | None = None  # alone over beside: how many times fewer requests
    latency_ns: dict[str, Estimate] = {}
    asks: float | None = None
    waits: Estimate | None = None
    service_ns: Estimate | None = None
    predicted_per_s: Estimate | None = None
    waiting_at_once: float | None = None  # threads of the service that wait for the GIL, in the mean
    why_not: str = ""  # why there is no prediction, or why it does not hold; empty where it holds
    cpu_units_per_s: Estimate | None = None  # what the work beside it got done


class Offload(Row, kw_only=True):
    """One heavy request among light ones: what the light ones get, by where the computing is done."""

    model: str
    where: str  # inline, or `2 threads`, `2 processes`, `2 interpreters`
    heavy: bool  # whether a peer asks for heavy ones all the time
    rate_per_s: Estimate | None = None  # of the light ones
    latency_ns: dict[str, Estimate] = {}
    heavy_per_s: Estimate | None = None  # heavy ones that were answered


class Release(Row, kw_only=True):
    """Whether a common operation lets go of the GIL: by the progress of another thread that never gets it by force."""

    operation: str
    group: str  # hashing, compression, text, database, waiting, files, sockets, numbers
    call_ns: float | None = None
    beats_per_s: float | None = None  # of the other thread, while the operation is called again and again
    lets_go: bool | None = None


class Tax(Row, kw_only=True):
    """CPU time for the same work, against an interpreter or state that differs in one thing alone."""

    against: str
    what: str  # free threading, the JIT, a GIL that an import turned on
    version: str
    workload: str  # `all` is the geometric mean of the others
    ratio: Estimate | None = None  # above 1: costs more
    caveat: str = ""  # what else differs, as the compiler


class Sharing(Row, kw_only=True):
    """Threads that share an object or have one each: operations a second, and updates that were lost."""

    what: str  # counter, dictionary, listener, object
    how: str  # shared, locked, sharded, per thread, immortal, …
    workers: int
    rate_per_s: Estimate | None = None
    speedup: Estimate | None = None  # against one worker, in the same round
    updates: int = 0
    lost: int | None = None  # of the updates; None where nothing can be lost
    counted: int | None = None  # constants of the code whose references are counted; None where nothing is
    shares: list[int] = []  # of a listener's connections, by thread, in the last round


class Ccbench(Row, kw_only=True):
    """One line of CPython's ccbench (Tools/ccbench, 2010 to 2023), measured by its definition."""

    experiment: str  # throughput, latency, bandwidth
    task: str  # as ccbench called it
    threads: int
    value: float | None = None
    deviation: float | None = None  # of latency, standard
    unit: str = ""
    line: str = ""  # as ccbench printed it


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter, as it said itself that it is. switch_interval: «heeded», «none» without a GIL, or «ignored»."""

    short: str
    implementation: str
    version: str
    gil: bool
    jit: bool
    free_threaded_build: bool
    compiler: str
    switch_interval: str = ""


class Report(msgspec.Struct, kw_only=True):
    """All that one `concur gil` found. notes are one line each: what could not be done, and why."""

    schema: int = SCHEMA
    concur: str
    id: str
    started_at: str
    command: list[str]
    machine: dict[str, Any]
    seed: int
    budget_s: float
    rounds: dict[str, int] = {}  # by experiment
    took_ns: int = 0
    complete: bool = False
    subjects: list[Subject] = []
    models: list[str] = []
    notes: list[str] = []
    left_out: list[str] = []  # for want of time
    throughput: list[Throughput] = []
    latency: list[Latency] = []
    bandwidth: list[Bandwidth] = []
    convoy: list[Convoy] = []
    offload: list[Offload] = []
    release: list[Release] = []
    tax: list[Tax] = []
    sharing: list[Sharing] = []
    ccbench: list[Ccbench] = []


def load(path: Path) -> Report:
    """A report from its file. Raises UsageError where it is none, cut short, or of another schema."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=error.strerror or str(error)) from None
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no result of `concur gil`", why=str(error)) from None
    if found.schema != SCHEMA:
        raise UsageError(f"{path} is of schema {found.schema}, this concur reads {SCHEMA}", do="Measure again.")
    return found
