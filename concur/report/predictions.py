"""What the counters and this machine's costs predict of each cell's CPU, beside what was measured.

The model is in `bench/costmodel.py`. Here are its sentences, and the text of its column; a prediction that fails is
said to fail, with what the model does not know and such a cell has much of.
"""

from collections.abc import Iterator

from concur.bench.explain import costmodel
from concur.bench.results import Cell, CostModel, Run
from concur.report import cells, figures, phrases

HEAD = "predicted\nCPU µs"
FORMULA = "system calls × what each costs here, switches, page faults, and the user time as measured"
MUCH = 0.5  # switches a request
MOST_NAMED = 6  # misfits, worst first; more would bury the rest
MOST_LISTED = 3  # parts of a prediction that are named


def predicted(cell: Cell) -> str:
    """The column's text: predicted CPU for one request in µs; marked where it does not fit what was measured."""
    if cell.predicted is None:
        return ""
    text = figures.microseconds(cell.predicted.total_ns)
    return text if costmodel.fits(cell) else f"{text} !"


def predictions(run: Run) -> Iterator[str]:
    """How well the predictions fit, then where they fail; nothing for a run that has none."""
    model = run.cost_model
    known = [cell for cell in cells.usable(run.cells) if costmodel.ratio(cell) is not None]
    if model is None or not known:
        return
    yield f"{_fit(model, known)} {_worst(model)}".strip()
    misfits = sorted((cell for cell in known if not costmodel.fits(cell)), key=_misfit, reverse=True)
    for cell in misfits[:MOST_NAMED]:
        yield _failure(cell, run)
    if len(misfits) > MOST_NAMED:
        named = phrases.listed(misfits[MOST_NAMED:], run)
        yield f"Likewise beyond {_bounds()} of what was measured: {named}."
    yield from _unknown(known)


def parts(cell: Cell) -> str:
    """What a prediction is made of, most first: `interpreter 1.20 µs, sendto 4.00 µs, recvfrom 1.10 µs`."""
    if cell.predicted is None:
        return ""
    ordered = sorted(cell.predicted.parts_ns.items(), key=lambda part: part[1], reverse=True)
    return ", ".join(f"{name} {figures.time(ns)}" for name, ns in ordered[:MOST_LISTED])


def _fit(model: CostModel, known: list[Cell]) -> str:
    good = sum(costmodel.fits(cell) for cell in known)
    of = f"{good} of {figures.counted(len(known), 'cell')}"
    told = f"CPU a request as predicted ({FORMULA}) is within {_bounds()} of the measured in {of}"
    if model.r_squared is None:
        return f"{told}."
    r_squared = f"R² is {model.r_squared:.2f} over the models"
    if model.kernel_r_squared is None:
        return f"{told}; {r_squared}."
    return f"{told}; {r_squared}, {_kernel(model.kernel_r_squared)}."


def _kernel(r_squared: float) -> str:
    """The part that no measured time of the cell goes into."""
    told = f"and {r_squared:.2f} of the kernel's part alone, into which nothing measured of the cell's CPU goes"
    return told if r_squared > 0 else f"{told}: no better than to call all models equal"


def _worst(model: CostModel) -> str:
    if model.worst_ratio is None:
        return ""
    return f"It fits {model.worst} least: {figures.ratio(model.worst_ratio)} what was measured."


def _failure(cell: Cell, run: Run) -> str:
    found, cpu, prediction = costmodel.ratio(cell), cell.server_cpu_ns_per_request, cell.predicted
    if found is None or cpu is None or prediction is None:
        return ""
    return (
        f"The prediction fails for {phrases.title(cell, run)}: {figures.time(prediction.total_ns)} a request "
        f"({parts(cell)}), {figures.time(cpu.total.median)} measured, {figures.ratio(found)}. "
        f"{_too_little(cell) if found < 1 else _too_much(cell)}"
    )


def _too_little(cell: Cell) -> str:
    """What costs more than the calls by themselves, by what the cell has much of."""
    if (cell.counters.get("voluntary_switches") or 0.0) + (cell.counters.get("involuntary_switches") or 0.0) >= MUCH:
        return "Not in it: what a thread finds cold in the caches after a switch, and locks that several want at once."
    if cell.predicted and cell.predicted.without:
        return f"Not in it, or as a bare trap: {', '.join(cell.predicted.without)}."
    return (
        "Not in it: caches that the interpreter fills between calls, whose costs were measured with nothing between "
        "them; and whatever the machine did besides."
    )


def _too_much(cell: Cell) -> str:
    if (cell.counters.get("voluntary_switches") or 0.0) >= MUCH:
        return "Its sleeps cost less than those measured: the CPU hardly idled, or the engine was awake."
    return "Its calls did less than those measured under the same names, or the machine was busier when they were."


def _unknown(known: list[Cell]) -> Iterator[str]:
    """Calls without a price, once for all cells."""
    names = sorted({name for cell in known if cell.predicted for name in cell.predicted.without})
    if names:
        yield f"Counted without a cost of their own, as a bare system call or not at all: {', '.join(names)}."


def _misfit(cell: Cell) -> float:
    found = costmodel.ratio(cell) or 1.0
    return max(found, 1 / found)


def _bounds() -> str:
    low, high = costmodel.GOOD
    return f"{low:g} to {high:g}"
