"""Questions that tables and sentences alike ask of a run's cells. Pure functions."""

from collections.abc import Iterable

from concur.bench.results import Cell, Comparison, Run

FEW = 24  # cells of a scenario that are ranked and spoken of one by one; more are shown as a matrix, and in groups
CAPACITY, COMMON_RATE = "small", "steady"  # merged in one table: the rate of one, the latency of the other
UNUSABLE = ("absent", "failed", "wrong", "void")  # no figure of theirs may be ranked
SERVER_BOUND = 0.95
MANY_FAULTS = 1.0  # a request; what is not asyncio's riddle stays below 0.1 of one
ROUNDS_FOR_A_VERDICT = 10


def scenarios(run: Run) -> list[str]:
    """The scenarios that have cells, in the order of the run."""
    return list(dict.fromkeys(cell.scenario for cell in run.cells))


def cells_of(run: Run, scenario: str) -> list[Cell]:
    return [cell for cell in run.cells if cell.scenario == scenario]


def usable(cells: Iterable[Cell]) -> list[Cell]:
    """Those whose figures may be shown and ranked."""
    return [cell for cell in cells if cell.verdict not in UNUSABLE and cell.rate_per_s is not None]


def ranked(cells: list[Cell]) -> list[Cell]:
    """Usable cells, best first: by rate, or at a common rate by p99."""
    good = usable(cells)
    if offered_per_s(good) is not None:
        return sorted(good, key=lambda cell: latency(cell, "p99") or float("inf"))
    return sorted(good, key=rate, reverse=True)


def capacity_cells(run: Run) -> list[Cell]:
    """The usable cells of the scenarios without a common rate, best first in each."""
    each = (cells_of(run, scenario) for scenario in scenarios(run))
    return [cell for cells in each if offered_per_s(cells) is None for cell in ranked(cells)]


def offered_per_s(cells: Iterable[Cell]) -> float | None:
    """The common rate that these cells were offered; None for a closed loop."""
    for cell in cells:
        for trial in cell.trials:
            if trial.load is not None:
                return trial.load.offered_per_s
    return None


def interpreters(run: Run) -> list[str]:
    """The interpreters that have cells, in the order of the run; a command's is empty."""
    return list(dict.fromkeys(cell.interpreter for cell in run.cells))


def is_large(run: Run) -> bool:
    """Whether a scenario has more cells than can be spoken of one by one."""
    return any(len(cells_of(run, scenario)) > FEW for scenario in scenarios(run))


def name(cell: Cell, run: Run) -> str:
    """What a table calls the cell: its label, with its interpreter where the run has several."""
    several = len(interpreters(run)) > 1
    return f"{cell.label} {cell.interpreter}" if several and cell.interpreter not in cell.label else cell.label


def same_target(run: Run, cell: Cell, scenario: str) -> Cell | None:
    """The cell of the same target in another scenario, if its figures are usable."""
    key = (cell.label, cell.interpreter, cell.topology)
    others = usable(cells_of(run, scenario))
    return next((one for one in others if (one.label, one.interpreter, one.topology) == key), None)


def comparison(run: Run, cell: Cell) -> Comparison | None:
    """How the cell stands against the reference in its scenario; None for the reference itself."""
    key = (cell.scenario, cell.label, cell.interpreter)
    return next((one for one in run.comparisons if (one.scenario, one.label, one.interpreter) == key), None)


def is_reference(run: Run, cell: Cell) -> bool:
    """Whether the others of its scenario are compared with it."""
    meant = (one for one in run.comparisons if (one.scenario, one.reference) == (cell.scenario, cell.label))
    here = any(one.reference_interpreter in ("", cell.interpreter) for one in meant)
    return here and cell.rate_per_s is not None and comparison(run, cell) is None


def reference_name(one: Comparison, run: Run) -> str:
    """What the reference is called, with its interpreter where the run has several."""
    several = len(interpreters(run)) > 1 and one.reference_interpreter
    return f"{one.reference} {one.reference_interpreter}" if several else one.reference


def shares(cell: Cell) -> list[list[int]]:
    """For each trial that tells it, how many connections each of several workers accepted."""
    return [trial.end["shares"] for trial in cell.trials if len(trial.end.get("shares", [])) > 1]


def rate(cell: Cell) -> float:
    return cell.rate_per_s.median if cell.rate_per_s else 0.0


def latency(cell: Cell, quantile: str) -> float | None:
    estimate = cell.latency_ns.get(quantile)
    return estimate.median if estimate else None


def rounds(run: Run) -> int:
    """The rounds behind the best measured cell."""
    return max((len(cell.trials) for cell in run.cells), default=0)
