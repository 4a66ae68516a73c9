"""How much N workers compute, against one: as threads, processes and interpreters, on work of three kinds. Tier 1.

The oldest question about the GIL (D. Beazley, Understanding the Python GIL,
PyCon 2010; ccbench's first experiment). Each worker has a CPU of its own where it
can ask for one, so that what two of them lose is not the scheduler's doing.
"""

from collections.abc import Sequence

from concur import catalog
from concur.bench import estimates
from concur.bench.placement import usable_cpus
from concur.bench.results import Estimate
from concur.echo.dose import KINDS
from concur.gil.asking import ask
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Throughput
from concur.interpreters.describe import Interpreter

SECONDS, QUICK_SECONDS = 0.5, 0.1
STARTS_S = 0.25
ALONE = "1"
MOST_WORKERS = 8  # of many CPUs, these double: 1, 2, 4, 8
ONE_CPU = "one CPU: nothing can run in parallel here"
NOT_HELD = (
    "there is no work of the kind held: PyPy lets go of the GIL around each call of zlib, however small "
    "(rpython/rlib/rzlib.py: llexternal's default)"
)


def points(asked: Asked) -> list[Point]:
    """For each interpreter and kind: one worker, as many as there are CPUs as each topology, and one thread more."""
    return [
        point(asked, short, kind, workers, topology)
        for short in asked.interpreters
        for kind in sorted(KINDS, key=["python", "released", "held"].index)
        for workers, topology in shapes(asked.cpus)
    ]


def shapes(cpus: int) -> list[tuple[int, str]]:
    """(workers, topology): 1, then 2, 4 … up to the number of CPUs; and threads that are one more than CPUs."""
    counts = [count for count in (2, 4, MOST_WORKERS) if count <= max(cpus, 2)]
    return [(1, ALONE), *((count, kind) for count in counts for kind in catalog.COPIES), (cpus + 1, catalog.THREADS)]


def point(asked: Asked, short: str, kind: str, workers: int, topology: str) -> Point:
    """One of them, with its priority: two workers of Python code are what all ask for first."""
    is_first = workers <= 2 and (kind == "python" or topology in (ALONE, catalog.THREADS))
    return Point(
        interpreter=short,
        what=(kind, workers, topology),
        about_s=seconds_of(asked) + STARTS_S + (0.2 if topology == catalog.INTERPRETERS else 0),
        priority=HEADLINE if is_first else USUAL if workers <= asked.cpus else FURTHER,
        absent=why_not(asked, asked.interpreters[short], kind, workers, topology),
    )


def why_not(asked: Asked, interpreter: Interpreter, kind: str, workers: int, topology: str) -> str:
    """Why there is no such thing on that interpreter; empty if there is."""
    if asked.cpus == 1 and workers > 1:
        return ONE_CPU
    if kind == "held" and interpreter.implementation == "PyPy":
        return NOT_HELD
    return catalog.not_as("", topology, tuple(int(part) for part in interpreter.version.split(".")[:2]))


def seconds_of(asked: Asked) -> float:
    """How long workers compute."""
    return QUICK_SECONDS if asked.quick else SECONDS


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """Units a second, all workers together, in a fresh process."""
    kind, workers, topology = point.what
    cpus = list(usable_cpus() or range(asked.cpus))
    options = {"workers": workers, "topology": topology, "kind": kind, "seconds": seconds_of(asked), "cpus": cpus}
    answer = ask(asked.interpreters[point.interpreter], "throughput", options, takes_s=seconds_of(asked))
    found = answer["workers"]
    notes = [] if all(one["pinned"] for one in found) else [unpinned(point.interpreter)]
    return {"rate_per_s": sum(one["units"] * 1e9 / one["took_ns"] for one in found), "notes": notes}


def unpinned(short: str) -> str:
    """That its threads cannot ask for a CPU."""
    return f"{short} cannot pin threads (no os.sched_setaffinity): its workers run where the scheduler puts them"


def rows(outcomes: Sequence[Outcome]) -> list[Throughput]:
    """With the speed-up against one worker of the same kind, by round."""
    alone = {
        (each.point.interpreter, each.point.what[0]): each.samples for each in outcomes if each.point.what[2] == ALONE
    }
    cpus = max((int(each.point.what[1]) for each in outcomes if each.point.what[2] == catalog.PROCESSES), default=1)
    return [row(each, alone.get((each.point.interpreter, each.point.what[0]), {}), cpus) for each in outcomes]


def row(outcome: Outcome, alone: dict[int, Sample], cpus: int) -> Throughput:
    """One of them; alone are the samples of one worker by round."""
    kind, workers, topology = outcome.point.what
    rates = {number: sample["rate_per_s"] for number, sample in outcome.samples.items()}
    speedup = against(rates, {number: sample["rate_per_s"] for number, sample in alone.items()})
    return Throughput(
        interpreter=outcome.point.interpreter,
        kind=str(kind),
        workers=int(workers),
        topology=str(topology),
        absent="" if rates else outcome.reason,
        rate_per_s=estimates.estimate(list(rates.values())) if rates else None,
        speedup=speedup,
        efficiency=speedup.median / min(int(workers), cpus) if speedup else None,
    )


def against(values: dict[int, float], reference: dict[int, float]) -> Estimate | None:
    """Their ratio over the rounds that both have; None where they share none."""
    both = [number for number in values if number in reference]
    return estimates.ratio([values[n] for n in both], [reference[n] for n in both]) if both else None
