"""How curves, their places and their rates are called in words. Pure; what they say is `scaling_words.py`'s."""

from concur.bench.results import Run
from concur.bench.scaling.records import Crossover, Curve, RateSweep, Scaling
from concur.bench.scenarios import size_named
from concur.report import cells, figures

PAYLOAD = "payload"
EMPTY = Scaling()
UNITS = ((2**20, "MiB"), (2**10, "KiB"))


def of_run(run: Run) -> Scaling:
    """What the run found; of a plain run nothing."""
    return run.scaling or EMPTY


def target(one: Curve | RateSweep, run: Run) -> str:
    """Its label, with its interpreter where the run has several."""
    return named(one.label, one.interpreter, run)


def named(label: str, interpreter: str, run: Run) -> str:
    several = len(cells.interpreters(run)) > 1
    return f"{label} {interpreter}" if several and interpreter and interpreter not in label else label


def place(over: str, n: float) -> str:
    """`40 connections`, `3.2 processes`, `5.2 KiB`."""
    if over == PAYLOAD:
        return size(n)
    number = figures.count(n) if n >= 10 or n == int(n) else f"{n:.1f}"
    return f"{number} {over[:-1] if number == '1' else over}"


def size(size_bytes: float) -> str:
    """A size that need not be a whole number of anything."""
    if size_bytes == int(size_bytes):
        return size_named(int(size_bytes))
    for unit_bytes, unit in UNITS:
        if size_bytes >= unit_bytes:
            return f"{figures.digits(size_bytes / unit_bytes)} {unit}"
    return f"{size_bytes:.0f} B"


def places(over: str, low: float, high: float) -> str:
    """`28 and 61`, of connections; `4.1 KiB and 6 KiB`."""
    ends = (place(over, n) for n in (low, high))
    return " and ".join(end if over == PAYLOAD else end.split()[0] for end in ends)


def tick(over: str, n: float) -> str:
    """What stands at an axis: the number alone, or a size."""
    return size(n) if over == PAYLOAD else figures.thousands(n) if n >= 10_000 else f"{n:g}"


def where(one: Curve | Crossover, run: Run) -> str:
    """What must be said of which load it is: ` in small with 64 B`; empty where the run has but one."""
    every = {(each.scenario, each.fixed) for each in of_run(run).curves}
    scenarios = {scenario for scenario, _ in every}
    told = f" in {one.scenario}" if len(scenarios) > 1 else ""
    fixed = {each for _, each in every}
    return f"{told} with {one.fixed}" if one.fixed and len(fixed) > 1 else told
