"""What bounds a server, as its counters support it: rules from a cell to a cause and a sentence. Tier 1; pure.

The rules stand in RULES; the first that has something to say is believed. Shares of
time come before counts of calls, and the faults of a server before the engine
and the scheduler, since a server that is held up sleeps too, and is woken.
Rates and busy shares are of the timed trials; calls, faults and where threads
were are the probe's, whose rate is nobody's. What must not live here:
measuring, how evidence is read off a cell (`evidence.py`), and printing.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from concur.bench.explain.evidence import CLONES, MAPS, READS, SENDS, Evidence, among, few, listed, micro, share
from concur.bench.results import Cell
from concur.bench.scenarios import Scenario
from concur.bench.usable import answered_share
from concur.bench.verdicts import ENGINE_SATURATED, ON_TIME, SERVER_BOUND


class Cause(StrEnum):
    """What bounds a server; NONE is a healthy one, whose work is all there is."""

    NONE = ""
    ENGINE = "engine"
    GARBAGE_COLLECTION = "garbage collection"
    SLOW_PEER = "slow peer"
    BLOCKING_CALL = "blocking call"
    ACCEPT_IMBALANCE = "accept imbalance"
    SMALL_READS = "small reads"
    ALLOCATOR = "allocator"
    GIL = "gil"
    WAKE_UPS = "wake-ups"
    NOT_EXPLAINED = "not explained"


class Explanation(NamedTuple):
    """A cause, and the sentence with the numbers that it rests on; both are empty where there is nothing to explain."""

    cause: Cause
    sentence: str


Rule = Callable[[Evidence], str]

COLLECTING = 0.1  # of the window; the collections of our own models take less than a hundredth
HELD_UP = 0.2  # of one thread's time: with less, a loop keeps four fifths of its capacity
NOW_AND_THEN = 0.05  # calls a request: what a housekeeping thread makes is rarer
WORKER_CONNECTIONS = 8  # for each worker: of fewer, chance alone makes shares uneven
UNEVEN = 1.5  # the busiest worker's share over a fair one; 64 hashed over 2 exceed it once in 40,000 runs
MANY_READS = 3.0  # a request: one that gets it, one that finds nothing more, and one to spare
SMALL_READ_BYTES = 4096.0  # a page; `echo/contract.py` asks for 16
MANY_FAULTS = 0.5  # a request: servers that keep their memory stay below 0.1
MANY_FUTEXES = 1.0  # a request: a wait and its wake are two; where threads share one CPU in peace, 0.1 to 0.3
GIL_WAITERS = 0.5  # threads: every other look finds one
GIL_SHARE = 0.1  # of all threads; of 64 on one CPU 0.06 at most in peace, and 0.12 and more beside one that computes
ENGINE_CONNECTIONS = 16  # with few, engine and server wait for each other in turn, and neither is the limit
MANY_SLEEPS = 0.5  # a request: every other one finds its server asleep
MUCH_QUEUEING = 0.05  # of the time
OWN_WAIT = 0.8  # of the connections' time spent in the dose's own wait: the rest cannot be the limit


def explain(cell: Cell, scenario: Scenario) -> Explanation:
    """What bounds this cell's server, and by which figures; nothing of a cell that has none.

    Where no rule speaks, a server that uses all the CPU that it can is healthy, be it that others took some of
    it; any other is not explained.
    """
    if cell.rate_per_s is None:
        return Explanation(Cause.NONE, "")
    seen = Evidence(cell, scenario)
    for cause, rule in RULES:
        if sentence := rule(seen):
            return Explanation(cause, sentence)
    return Explanation(Cause.NOT_EXPLAINED, _unexplained(seen))


def _engine_saturated(seen: Evidence) -> str:
    """The engine's core was full and the server's was not, as a trial's verdict has it."""
    engine_busy = seen.cell.engine_busy or 0.0
    if engine_busy <= ENGINE_SATURATED or seen.busy >= SERVER_BOUND:
        return ""
    return f"the engine was busy {share(engine_busy)}, the server {share(seen.busy)}: the engine is the limit"


def _garbage_collection(seen: Evidence) -> str:
    collecting = seen.probe.collecting_share or 0.0
    if collecting < COLLECTING:
        return ""
    often = few(sum(seen.probe.collections or []))
    return f"{share(collecting)} of its time went to garbage collection, {often} collections a request"


def _slow_peer(seen: Evidence) -> str:
    """Somebody waits until a peer reads; no matter where each connection has a thread of its own."""
    held = seen.waiting(*SENDS)
    if held < HELD_UP or seen.is_full or seen.has_thread_each:
        return ""
    return f"{_so_many(seen, held)} in {seen.most_in(SENDS)}: a peer that does not read holds up the others"


def _blocking_call(seen: Evidence) -> str:
    """Asleep in a call for no socket and no lock; a dose's own wait, where all connections wait at once, is none."""
    call = seen.held_up_in()
    held, often = seen.waiting(call), seen.probe.system_calls.get(call)
    is_rare = often is not None and often < NOW_AND_THEN
    is_dose = bool(seen.scenario.wait_s) and seen.has_thread_each
    if held < HELD_UP or seen.is_full or is_rare or is_dose:
        return ""
    counted = f"{few(often)} {call} a request, " if often else ""
    return f"{counted}{_so_many(seen, held)} in {call}: a blocking call holds up the others"


def _accept_imbalance(seen: Evidence) -> str:
    """One of several workers has the connections, so the others' CPUs idle."""
    judged = [one for one in seen.shares if sum(one) >= WORKER_CONNECTIONS * len(one)]
    if not judged or seen.busy >= SERVER_BOUND:
        return ""
    typical = sorted(judged, key=lambda one: max(one) / sum(one))[len(judged) // 2]
    if max(typical) < UNEVEN * sum(typical) / len(typical):
        return ""
    spread = "/".join(f"{count:,}" for count in typical)
    return (
        f"one of its {len(typical)} workers accepted {max(typical):,} of {sum(typical):,} connections ({spread}): "
        "the others have too little to do"
    )


def _small_reads(seen: Evidence) -> str:
    """Many reads for one message, each of few bytes."""
    reads, payload_bytes = seen.calls(*READS), seen.scenario.payload_bytes
    if reads < MANY_READS or payload_bytes / reads > SMALL_READ_BYTES:
        return ""
    return (
        f"{_named(seen, READS)} a request, for {payload_bytes:,} bytes: it reads {payload_bytes / reads:,.0f} at a time"
    )


def _allocator(seen: Evidence) -> str:
    """Memory comes from the kernel for each request, and goes back to it. New threads and processes fault by nature."""
    if seen.faults < MANY_FAULTS or seen.calls(*CLONES) >= NOW_AND_THEN:
        return ""
    counted = ", ".join(filter(None, (f"{few(seen.faults)} page faults", _named(seen, MAPS))))
    return (
        f"{counted} a request: memory goes back to the kernel and is asked for again, and {micro(seen.kernel_ns)} of "
        f"its {micro(seen.cpu_ns)} a request are the kernel's"
    )


def _gil(seen: Evidence) -> str:
    """Threads wait for the GIL: it is handed over for each request, or somebody keeps it."""
    waiters, futexes = seen.waiting("gil"), seen.calls("futex")
    is_handed_over = waiters >= GIL_WAITERS and futexes >= MANY_FUTEXES
    if not is_handed_over and waiters < GIL_SHARE * max(seen.threads, 1.0):
        return ""
    each_ns = 1e9 * waiters / seen.rate_per_s  # Little's law: L = λW
    waits = f"{_so_many(seen, waiters)} waiting for the GIL, {micro(each_ns)} for each request"
    return f"{few(futexes)} futex calls a request, {waits}" if is_handed_over else waits


def _offered_no_more(seen: Evidence) -> str:
    """In the open loop, and it answered what was due: nothing bounds it."""
    loads = [trial.load for trial in seen.cell.trials if trial.load]
    if not loads or any(not one.offered_per_s or answered_share(one) < ON_TIME for one in loads):
        return ""
    return f"busy {share(seen.busy)}, as {seen.rate_per_s:,.0f} req/s is all that it was offered; {_work(seen)}"


def _waits_as_told(seen: Evidence) -> str:
    """The dose's own wait takes the connections' time: L = λW again."""
    waiting = seen.rate_per_s * seen.scenario.wait_s / seen.connections
    if waiting < OWN_WAIT:
        return ""
    return f"busy {share(seen.busy)}: connections spend {share(waiting)} of their time in the dose's own wait"


def _healthy(seen: Evidence) -> str:
    """It uses all the CPU that it can, or would, had others not taken some."""
    if not seen.is_full:
        return ""
    one_cpu = "one CPU, which is all that one thread can use"
    where = "" if seen.wanted >= SERVER_BOUND else f" of its CPUs, {one_cpu}"
    queued = ", and stood in the run queue for most of the rest" if not where and seen.busy < SERVER_BOUND else ""
    return f"busy {share(seen.busy)}{where}{queued}: {_work(seen)}"


def _engine_slower(seen: Evidence) -> str:
    """In a closed loop a request that is not with the server is with the engine; who takes longer is the limit."""
    if seen.connections < ENGINE_CONNECTIONS or seen.scenario.is_open or seen.engine_ns <= seen.cpu_ns:
        return ""
    return (
        f"asleep {share(1 - seen.wanted)} of the time: the engine takes {micro(seen.engine_ns)} for a request, "
        f"the server {micro(seen.cpu_ns)}, so the engine is the limit"
    )


def _wake_ups(seen: Evidence) -> str:
    """It sleeps until the next message comes, and is woken for each."""
    if seen.sleeps < MANY_SLEEPS:
        return ""
    asleep = f"asleep {share(1 - seen.wanted)} of the time, {few(seen.sleeps)} wake-ups a request"
    return f"{asleep}: bound by wake-ups, not by Python"


def _work(seen: Evidence) -> str:
    """What a request costs, and for what."""
    calls = listed(seen.probe.system_calls)
    of_which = f"{micro(seen.kernel_ns)} of its {micro(seen.cpu_ns)} a request are the kernel's"
    return f"{of_which} ({calls})" if calls else of_which


def _unexplained(seen: Evidence) -> str:
    """What was seen, for whoever knows better."""
    queued = seen.wanted - seen.busy
    parts = [f"busy {share(seen.busy)} of the time"]
    parts += [f"in the run queue {share(queued)}, as others used its CPU"] if queued >= MUCH_QUEUEING else []
    parts += [f"{few(seen.sleeps)} wake-ups a request"]
    places = ", ".join(f"{few(count)} in {name}" for name, count in seen.places())
    parts += [f"its threads: {places}"] if places else []
    parts += [] if seen.cell.probe else ["and nothing was traced"]
    return f"not explained: {', '.join(parts)}"


def _so_many(seen: Evidence, count: float) -> str:
    return f"{few(count)} of {few(seen.threads)} threads at a time"


def _named(seen: Evidence, names: Iterable[str]) -> str:
    return among(seen.probe.system_calls, names)


RULES: tuple[tuple[Cause, Rule], ...] = (
    (Cause.ENGINE, _engine_saturated),
    (Cause.GARBAGE_COLLECTION, _garbage_collection),
    (Cause.SLOW_PEER, _slow_peer),
    (Cause.BLOCKING_CALL, _blocking_call),
    (Cause.ACCEPT_IMBALANCE, _accept_imbalance),
    (Cause.SMALL_READS, _small_reads),
    (Cause.ALLOCATOR, _allocator),
    (Cause.GIL, _gil),
    (Cause.NONE, _offered_no_more),
    (Cause.NONE, _waits_as_told),
    (Cause.WAKE_UPS, lambda seen: _wake_ups(seen) if seen.connections == 1 else ""),  # in turn, however busy
    (Cause.NONE, _healthy),
    (Cause.ENGINE, _engine_slower),
    (Cause.WAKE_UPS, _wake_ups),
)
