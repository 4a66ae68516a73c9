"""What it costs a single thread to be without a GIL, to have a JIT, or to have the GIL come back. Tier 1.

Pairs that differ in one thing alone, found among the interpreters by what they
are; what else differs is a caveat. Both of a pair run one right after the
other, in an order that changes with the round, and their ratio is taken by round.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from statistics import geometric_mean
from typing import NamedTuple

from concur.bench import estimates
from concur.bench.placement import place, usable_cpus
from concur.bench.plan import Plan, Target
from concur.bench.results import Estimate
from concur.bench.scenarios import scenario
from concur.bench.trial import run_trial
from concur.errors import TargetError
from concur.gil.asking import ask
from concur.gil.points import HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Tax
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import gil_raisers

FREE, JIT, RAISED = "free threading", "the JIT", "a GIL that an import turned on"
WORKLOADS = "workloads"  # the subject of a point that is no model
ALL, TWO_THREADS = "all", "two threads, elapsed"  # rows' workloads that are no workload of `inside`
SERVICES = ("callbacks", "asyncio_protocol")
ABOUT_S, INTERPRETED_S, SERVICES_S = (
    1.7,
    6.0,
    3.4,
)  # a measurement: of two interpreters, without PyPy's JIT, of services
WINDOW_S, QUICK_S, WARMUP_S = 0.5, 0.2, 0.6
# Else asyncio's page faults under glibc's allocator, which free-threaded builds have not, would stand for the GIL.
KEEPS_MEMORY = {"MALLOC_TOP_PAD_": "16777216"}
PLACES = ("prefix", "exec-prefix", "libdir", "bindir", "includedir", "mandir", "datadir")


class Side(NamedTuple):
    """One of a pair: an interpreter, and the state that it is put into."""

    interpreter: Interpreter
    env: Mapping[str, str] = {}
    jit: bool = True  # PyPy's; CPython's is the interpreter's own


def points(asked: Asked) -> list[Point]:
    """A point for each pair, and for each service on a free-threaded build and its twin."""
    return [point for short, one in asked.interpreters.items() for point in _of_interpreter(short, one, asked)]


def _of_interpreter(short: str, one: Interpreter, asked: Asked) -> Iterator[Point]:
    if one.implementation == "PyPy":
        if one.jit == "on":
            yield _point(one, short, JIT, f"{short} without its JIT", about_s=INTERPRETED_S)
    elif one.jit == "on":
        yield _paired(one, short, JIT, _without_jit(one, asked), f"{one.version} with its JIT off")
    if one.free_threaded and one.implementation == "CPython":
        twin = _with_gil(one, asked)
        yield _paired(one, short, FREE, twin, f"a CPython {one.version} with the GIL")
        yield from (_service(one, short, twin, model, asked) for model in SERVICES if twin and model in asked.models)
        yield _point(one, short, RAISED, f"{short} without its GIL")


def _point(
    one: Interpreter, short: str, what: str, against: str, *, about_s: float = ABOUT_S, absent: str = ""
) -> Point:
    return Point(
        interpreter=short,
        what=(what, against, one.version, WORKLOADS),
        about_s=about_s,
        priority=HEADLINE,
        absent=absent,
    )


def _paired(one: Interpreter, short: str, what: str, twin: str | None, lacking: str) -> Point:
    absent = "" if twin else f"its twin, {lacking}, is not among the interpreters"
    return _point(one, short, what, twin or "", absent=absent)


def _service(one: Interpreter, short: str, twin: str, model: str, asked: Asked) -> Point:
    what = (FREE, twin, one.version, model)
    absent = asked.why_missing(short, model) or asked.why_missing(twin, model)
    return Point(interpreter=short, what=what, about_s=SERVICES_S, priority=USUAL, absent=absent)


def _without_jit(one: Interpreter, asked: Asked) -> str | None:
    """The same executable with its JIT off."""
    return next((s for s, each in asked.interpreters.items() if each.jit == "off" and _is_one_file(each, one)), None)


def _is_one_file(one: Interpreter, other: Interpreter) -> bool:
    return one.identity[:2] == other.identity[:2]


def _with_gil(one: Interpreter, asked: Asked) -> str | None:
    """The GIL build of the same version; of several, the one that was built most alike."""
    alike = [
        (bool(differences(one, each)), short)
        for short, each in asked.interpreters.items()
        if (each.implementation, each.version) == ("CPython", one.version)
        and not each.free_threaded
        and each.jit != "on"
    ]
    return min(alike)[1] if alike else None


def differences(one: Interpreter, other: Interpreter) -> str:
    """In what two builds differ beyond the GIL: compiler and configure options, places aside. Empty if in nothing."""
    told = []
    if one.compiler != other.compiler:
        told.append(f"built by {one.compiler} and {other.compiler}")
    ours, theirs = _options(one), _options(other)
    if ours != theirs:
        told.append(f"configured with {_listed(ours - theirs)} against {_listed(theirs - ours)}")
    return "; ".join(told)


def _options(one: Interpreter) -> set[str]:
    options = set(shlex.split(one.build))
    return {each for each in options if each != "--disable-gil" and each.lstrip("-").partition("=")[0] not in PLACES}


def _listed(options: set[str]) -> str:
    return " ".join(sorted(options)) or "nothing"


def sides(point: Point, asked: Asked) -> tuple[Side, Side]:
    """Whose cost is asked for, and against whom."""
    what, against = point.what[0], str(point.what[1])
    one = asked.interpreters[point.interpreter]
    if what == RAISED:
        return Side(one, {"PYTHON_GIL": "1"}), Side(one, {"PYTHON_GIL": "0"})
    if what == JIT and one.implementation == "PyPy":
        return Side(one), Side(one, jit=False)
    return Side(one), Side(asked.interpreters[against])


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """cost of ours and of theirs, by workload: CPU time in ns, of a service's request too; of two threads the time
    that passes. Odd rounds begin with ours. Raises TargetError where one of them fails.
    """
    ours, theirs = sides(point, asked)
    turns = [("ours", ours), ("theirs", theirs)]
    subject = point.what[3]
    sample: Sample = {"caveat": _caveat(point, ours, theirs)}
    for name, side in turns if number % 2 else reversed(turns):
        sample[name] = _costs(side) if subject == WORKLOADS else _cost_of_service(side, str(subject), asked, number)
    if subject == WORKLOADS and TWO_THREADS not in sample["ours"]:
        sample["notes"] = ["one CPU: what two threads lose by the GIL is not measured"]
    return sample


def _caveat(point: Point, ours: Side, theirs: Side) -> str:
    if point.what[0] != RAISED:
        return differences(ours.interpreter, theirs.interpreter)
    raisers = gil_raisers(ours.interpreter)
    if not raisers:
        return "turned on by PYTHON_GIL=1; no library of its environment does so"
    return f"turned on by PYTHON_GIL=1, as importing {', '.join(raisers)} does there"


def _costs(side: Side) -> dict[str, int]:
    """By workload. The highest CPU first, as interrupts favour CPU 0."""
    cpus = sorted(usable_cpus() or (), reverse=True)[:2]
    takes_s = ABOUT_S if side.jit else INTERPRETED_S
    answer = ask(side.interpreter, "tax", {"cpus": cpus, "jit": side.jit}, takes_s=takes_s, env=side.env)
    costs: dict[str, int] = answer["cpu_ns"]
    return costs | ({TWO_THREADS: answer["two_threads_ns"]} if "two_threads_ns" in answer else {})


def _cost_of_service(side: Side, model: str, asked: Asked, number: int) -> dict[str, float]:
    """CPU time of a request at capacity: 1 KiB on 64 connections."""
    target = Target(kind="model", name=model, interpreter=side.interpreter, env={**KEEPS_MEMORY, **side.env})
    load = scenario("small")
    plan = Plan(
        targets=[target],
        scenarios=[load],
        duration_s=QUICK_S if asked.quick else WINDOW_S,
        warmup_s=WARMUP_S,
        seed=asked.seed,
        engine=asked.engine,
    )
    trial = run_trial(target, load, place(load.placement), plan, number, lambda _stage: None)
    if trial.counters is None or trial.verdict not in ("ok", "engine-bound"):
        raise TargetError(f"{model} on {side.interpreter.short}", why=trial.reason or trial.verdict)
    return {f"echo, {model}": trial.counters.per_request(trial.counted_requests)["cpu_ns"]}


def rows(outcomes: Sequence[Outcome]) -> list[Tax]:
    """A row for each workload of each pair, and one for all of a pair's workloads together; pure."""
    return [row for outcome in outcomes for row in _rows(outcome)]


def _rows(outcome: Outcome) -> Iterator[Tax]:
    samples = [outcome.samples[number] for number in sorted(outcome.samples)]
    if not samples:
        reason = outcome.reason or outcome.point.absent or "it was not measured"
        yield _row(outcome, _subject(outcome), absent=reason)
        return
    for workload, (ours, theirs) in _by_workload(samples).items():
        yield _row(outcome, workload, ratio=estimates.ratio(ours, theirs), caveat=samples[-1]["caveat"])


def _by_workload(samples: Sequence[Sample]) -> dict[str, tuple[list[float], list[float]]]:
    """Costs of ours and of theirs by round, all of a pair's computing together first: by its geometric mean."""
    names = list(samples[0]["ours"])
    found = {name: ([s["ours"][name] for s in samples], [s["theirs"][name] for s in samples]) for name in names}
    computing = [found[name] for name in names if name != TWO_THREADS]
    if len(computing) == 1:
        return found
    ours, theirs = (
        [geometric_mean(costs) for costs in zip(*side, strict=True)] for side in zip(*computing, strict=True)
    )
    return {ALL: (ours, theirs)} | found


def _subject(outcome: Outcome) -> str:
    subject = str(outcome.point.what[3])
    return ALL if subject == WORKLOADS else f"echo, {subject}"


def _row(outcome: Outcome, workload: str, *, ratio: Estimate | None = None, caveat: str = "", absent: str = "") -> Tax:
    what, against, version, _ = map(str, outcome.point.what)
    return Tax(
        interpreter=outcome.point.interpreter,
        against=against,
        what=what,
        version=version,
        workload=workload,
        ratio=ratio,
        caveat=caveat,
        absent=absent,
    )
