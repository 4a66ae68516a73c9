"""What threads lose by sharing: counters, dictionaries, objects, a listener; and the updates that get lost. Tier 1.

With a GIL threads take turns anyway. Without one, what they share is what is
left in their way: a lock, a cache line, a reference count (PEP 703). Threads run
where the scheduler puts them. The constants of code are shared, too: a build
without a GIL makes them immortal, but CPython 3.13t not those that compile()
has made, as at a module's first import, before there is a .pyc of it
(https://github.com/python/cpython/pull/118667). Claim 18: `c += 1` loses nothing
under the GIL since 3.10, `c += f()` does.
"""

from collections.abc import Sequence

from concur import catalog
from concur.bench import estimates
from concur.bench.launch import Launch
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.target import launch, running_on
from concur.bench.trial import SLICE_NS, smoke
from concur.gil.asking import ask
from concur.gil.company import check_named, checked, let_pass
from concur.gil.inside.sharing import CASES
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Sharing
from concur.gil.throughput import ONE_CPU, against
from concur.interpreters.describe import Interpreter
from concur.load.drive import Engine
from concur.load.plan import Load

SECONDS, QUICK_SECONDS = 0.4, 0.05
STARTS_S = 0.25
LISTENER = "listener"
LISTENING = ("asyncio_protocol", "callbacks")  # one loop a thread: where the listener is what they could share
ONE_EACH, SHARED = "one each", "shared"
CONNECTIONS, PAYLOAD_BYTES = 64, 1024
WARMUP_S = 0.3


def points(asked: Asked) -> list[Point]:
    """Each case with one thread and two, on interpreters without a GIL and their twins first; then listeners."""
    found = []
    for short, interpreter in asked.interpreters.items():
        priority = _priority(asked, interpreter)
        for case in CASES:
            what, _, how = case.partition(", ")
            found += [_point(asked, short, what, how, threads, priority) for threads in (1, 2)]
        for model in LISTENING:
            if reason := asked.why_missing(short, model):
                found.append(Point(interpreter=short, what=(LISTENER, f"{model}, {SHARED}", 2), absent=reason))
                continue
            found.append(_point(asked, short, LISTENER, f"{model}, {ONE_EACH}", 1, priority))
            found += [_point(asked, short, LISTENER, f"{model}, {how}", 2, priority) for how in (ONE_EACH, SHARED)]
    return found


def _priority(asked: Asked, interpreter: Interpreter) -> int:
    if interpreter.free_threaded:
        return HEADLINE
    twins = [one.version for one in asked.interpreters.values() if one.free_threaded]
    is_first = interpreter is next(iter(asked.interpreters.values()))
    return USUAL if interpreter.version in twins or is_first else FURTHER


def _point(asked: Asked, short: str, what: str, how: str, threads: int, priority: int) -> Point:
    loads_s = WARMUP_S + 0.5 if what == LISTENER else 0.0
    return Point(
        interpreter=short,
        what=(what, how, threads),
        about_s=_seconds(asked) + STARTS_S + loads_s,
        priority=priority,
        absent=ONE_CPU if asked.cpus == 1 and threads > 1 else "",
    )


def _seconds(asked: Asked) -> float:
    return QUICK_SECONDS if asked.quick else SECONDS


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """Operations a second of all threads, in a fresh process; updates, and how many of them were lost."""
    what, how, threads = str(point.what[0]), str(point.what[1]), int(point.what[2])
    interpreter = asked.interpreters[point.interpreter]
    if what == LISTENER:
        model, _, listening = how.partition(", ")
        return _listening(interpreter, asked, model, threads, is_shared=listening == SHARED and threads > 1)
    options = {"case": f"{what}, {how}", "threads": threads, "seconds": _seconds(asked)}
    answer = ask(interpreter, "sharing", options, takes_s=_seconds(asked))
    rate_per_s = sum(one["made"] * 1e9 / one["took_ns"] for one in answer["threads"])
    told = {name: answer.get(name) for name in ("lost", "counted")}
    return {"rate_per_s": rate_per_s, "updates": answer["updates"], **told}


def _listening(interpreter: Interpreter, asked: Asked, model: str, copies: int, *, is_shared: bool) -> Sample:
    """Requests a second of so many loops, each in a thread, and how the connections fell to them."""
    topology = f"{copies} {catalog.THREADS}" if copies > 1 else catalog.ONE
    target = Target(kind="model", name=model, interpreter=interpreter, topology=topology)
    placement = place("shared")
    with running_on(placement.target):
        running = launch(target, Launch(shared_listener=is_shared))
    with running, running_on(placement.engine):
        smoke(running.host, running.port)
        load = Load(port=running.port, connections=CONNECTIONS, payload_bytes=PAYLOAD_BYTES, slice_ns=SLICE_NS)
        with Engine(load, cpus=placement.engine, kind=asked.engine) as engine:
            engine.start()
            let_pass(engine, WARMUP_S)
            engine.open_window(int(_seconds(asked) * 1e9))
            window = checked(engine.close_window())
        end = running.stop()
    check_named(target, end)
    return {"rate_per_s": window.rate_per_s, "updates": 0, "lost": None, "shares": end.get("shares", [])}


def rows(outcomes: Sequence[Outcome]) -> list[Sharing]:
    """With the speed-up against one thread, by round; what is lost is added up over the rounds."""
    alone = {_key(each): each for each in outcomes if each.point.what[2] == 1}
    return [_row(each, alone.get(_key(each))) for each in outcomes]


def _key(outcome: Outcome) -> tuple[str, str, str]:
    """What is compared: of listeners, one copy has none to share."""
    what, how = str(outcome.point.what[0]), str(outcome.point.what[1])
    return outcome.point.interpreter, what, how.partition(", ")[0] if what == LISTENER else how


def _row(outcome: Outcome, alone: Outcome | None) -> Sharing:
    what, how, threads = outcome.point.what
    samples = outcome.samples
    row = Sharing(
        interpreter=outcome.point.interpreter,
        what=str(what),
        how=str(how),
        workers=int(threads),
        absent="" if samples else outcome.reason,
    )
    if samples:
        rates = {number: float(sample["rate_per_s"]) for number, sample in samples.items()}
        row.rate_per_s = estimates.estimate(list(rates.values()))
        before = {number: float(sample["rate_per_s"]) for number, sample in alone.samples.items()} if alone else {}
        row.speedup = against(rates, before)
        row.updates = sum(sample["updates"] for sample in samples.values())
        lost = [sample["lost"] for sample in samples.values()]
        row.lost = None if None in lost else sum(lost)
        row.counted = samples[max(samples)].get("counted")
        row.shares = samples[max(samples)].get("shares", [])
    return row
