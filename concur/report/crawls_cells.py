"""Questions that tables, sentences and pictures alike ask of a run of crawls. Pure functions."""

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.sweeping import swept
from concur.bench.results import Comparison
from concur.report import figures
from concur.report.cells import FEW

UNUSABLE = ("absent", "failed", "wrong")
ROUNDS_FOR_A_VERDICT = 10


def scenarios(run: Run) -> list[str]:
    """The scenarios that are shown one by one, in the order of the run: those that no sweep is made of."""
    variants = {one["name"] for one in run.plan.get("scenarios", []) if one.get("variant_of")}
    return [name for name in dict.fromkeys(cell.scenario for cell in run.cells) if name not in variants]


def is_sweep(run: Run) -> bool:
    """Whether it goes over several numbers of requests in flight."""
    return bool(swept(run))


def cells_of(run: Run, scenario: str) -> list[Cell]:
    return [cell for cell in run.cells if cell.scenario == scenario]


def usable(cells: list[Cell]) -> list[Cell]:
    """Those whose figures may be shown and ranked."""
    return [cell for cell in cells if cell.verdict not in UNUSABLE and cell.rate_per_s is not None]


def ranked(cells: list[Cell]) -> list[Cell]:
    """Usable cells, the fastest first."""
    return sorted(usable(cells), key=rate, reverse=True)


def full(cells: list[Cell]) -> list[Cell]:
    """Usable cells that had as many in flight as asked for, the fastest first."""
    return [cell for cell in ranked(cells) if not cell.is_fewer]


def is_large(run: Run) -> bool:
    """Whether a scenario has more cells than can be spoken of one by one."""
    return any(len(cells_of(run, scenario)) > FEW for scenario in scenarios(run))


def interpreters(run: Run) -> list[str]:
    """The interpreters that have cells, in the order of the run."""
    return list(dict.fromkeys(cell.interpreter for cell in run.cells))


def name(cell: Cell, run: Run) -> str:
    """What a table calls the cell: its label, with its interpreter where the run has several."""
    return f"{cell.label} {cell.interpreter}" if len(interpreters(run)) > 1 else cell.label


def named(cells: list[Cell], run: Run) -> str:
    """`threads, callbacks`, or of several interpreters `threads on 3.11, 3.14; callbacks on all 5`."""
    places: dict[str, list[str]] = {}
    for cell in cells:
        places.setdefault(cell.label, []).append(cell.interpreter)
    everywhere = interpreters(run)
    if len(everywhere) < 2:
        return ", ".join(places)
    return "; ".join(f"{label} on {_where(found, len(everywhere))}" for label, found in places.items())


def _where(found: list[str], everywhere: int) -> str:
    return f"all {everywhere}" if len(found) == everywhere > 2 else ", ".join(found)


def rate(cell: Cell) -> float:
    return cell.rate_per_s.median if cell.rate_per_s else 0.0


def pages_per_s(cell: Cell) -> str:
    """`1,204 pages/s`."""
    return f"{rate_text(rate(cell))} pages/s"


def rate_text(value: float) -> str:
    """A rate of pages, of which there may be few: `20.1`, `1,204`."""
    return figures.digits(value) if value < 99.95 else figures.count(value)


def comparison(run: Run, cell: Cell) -> Comparison | None:
    """How the cell stands against the reference in its scenario; None for the reference itself."""
    key = (cell.scenario, cell.label, cell.interpreter)
    return next((one for one in run.comparisons if (one.scenario, one.label, one.interpreter) == key), None)


def is_reference(run: Run, cell: Cell) -> bool:
    """Whether the others of its scenario are compared with it."""
    key = (cell.scenario, cell.label, cell.interpreter)
    return any((one.scenario, one.reference, one.reference_interpreter) == key for one in run.comparisons)


def rounds(run: Run) -> int:
    """The rounds behind the best measured cell."""
    return max((len(cell.trials) for cell in run.cells), default=0)
