"""Crawls of many cells as matrices: models × interpreters, and a sweep's models × requests in flight. Pure.

`heatmap.py` draws them. A place without a figure has a letter, whose reason stands below.
"""

from collections.abc import Callable, Iterable
from string import ascii_lowercase

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.sweeping import curves, swept
from concur.bench.crawls.verdicts import line_share
from concur.report import crawls_cells as cells
from concur.report import figures
from concur.report.columns import Column, Grid, folded
from concur.report.matrix import APART, BEST, BROKEN, DIM, LIMITED, NAME_WIDTH, RESTLESS, Entry, Matrix, _head

MARKS = {"web-bound": LIMITED, "unstable": RESTLESS}
THE_LINE = "latency alone"
Draw = Callable[[Cell], Entry]


class Letters:
    """A letter for each reason why there is no figure."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def entry(self, cell: Cell | None, draw: Draw) -> Entry:
        """The cell's figure, or the letter of its reason."""
        if cell is None:
            return Entry("")
        if cell.verdict not in cells.UNUSABLE and cell.rate_per_s:
            return draw(cell)
        is_absent = cell.verdict == "absent"
        reason = (cell.reason if is_absent else f"{cell.verdict}: {cell.reason}") or "it was not measured"
        if reason not in self._letters:
            again, letter = divmod(len(self._letters), len(ascii_lowercase))
            self._letters[reason] = ascii_lowercase[letter] * (again + 1)
        return Entry(self._letters[reason], DIM if is_absent else BROKEN)

    def notes(self) -> tuple[str, ...]:
        """What they stand for."""
        return tuple(f"{letter}: {reason}" for reason, letter in self._letters.items())


# Models × interpreters


def is_matrix(run: Run) -> bool:
    """Whether the run has several models on several interpreters."""
    return len(cells.interpreters(run)) > 1 and len({cell.label for cell in run.cells}) > 1


def of_interpreters(run: Run) -> list[Matrix]:
    """For each scenario the rates, the ratios against the reference, and the CPU time a page."""
    if not is_matrix(run):
        return []
    return [matrix for scenario in cells.scenarios(run) for matrix in _of_scenario(run, scenario)]


def heat(run: Run, scenario: str) -> list[Matrix]:
    """The ratios alone; none where nothing is compared."""
    here, letters = cells.cells_of(run, scenario), Letters()
    reference = next((cell for cell in here if cells.is_reference(run, cell)), None)
    if reference is None:
        return []
    title = f"{scenario}: pages/s against {cells.name(reference, run)}"
    drawn = _board(here, title, letters, lambda cell: _gain(run, cell), is_heat=True)
    return [drawn._replace(notes=(*letters.notes(), *_marked(here)))]


def _of_scenario(run: Run, scenario: str) -> list[Matrix]:
    here, letters = cells.cells_of(run, scenario), Letters()
    best = {id(cell) for cell in _best(here)}
    drawn = [_board(here, f"{scenario}: pages a second", letters, lambda cell: _rate(cell, id(cell) in best))]
    drawn += [one._replace(notes=()) for one in heat(run, scenario)]
    drawn.append(_board(here, f"{scenario}: the crawler's CPU time a page, in ms", letters, _cpu))
    return [*drawn[:-1], drawn[-1]._replace(notes=(*letters.notes(), *_marked(here)))]


def _board(here: list[Cell], title: str, letters: Letters, draw: Draw, *, is_heat: bool = False) -> Matrix:
    labels, names = (list(dict.fromkeys(getattr(cell, of) for cell in here)) for of in ("label", "interpreter"))
    at = {(cell.label, cell.interpreter): cell for cell in here}
    rows = [[letters.entry(at.get((label, name)), draw) for name in names] for label in labels]
    return Matrix(title, [folded(label, NAME_WIDTH) for label in labels], list(map(_head, names)), rows, is_heat)


def _best(here: list[Cell]) -> Iterable[Cell]:
    """Of each interpreter, of those that had all in flight."""
    first: dict[str, Cell] = {}
    for cell in cells.full(here):
        first.setdefault(cell.interpreter, cell)
    return first.values()


def _rate(cell: Cell, is_best: bool) -> Entry:
    text = f"{MARKS.get(cell.verdict, '')}{cells.rate_text(cells.rate(cell))}{APART if cell.is_fewer else ''}"
    return Entry(text, BEST if is_best else "")


def _cpu(cell: Cell) -> Entry:
    cpu = cell.cpu_ns_per_page
    return Entry("" if cpu is None else figures.milliseconds(cpu.total.median))


def _gain(run: Run, cell: Cell) -> Entry:
    if cells.is_reference(run, cell):
        return Entry("1", BEST, 1.0)
    one = cells.comparison(run, cell)
    if one is None:
        return Entry("")
    text = figures.ratio(one.ratio.median)
    return Entry(f"{text}{APART}", DIM) if one.verdict == "not comparable" else Entry(text, "", one.ratio.median)


def _marked(here: list[Cell]) -> Iterable[str]:
    """What the marks mean, as far as there are any."""
    shown = cells.usable(here)
    if any(cell.verdict == "web-bound" for cell in shown):
        yield f"{LIMITED} the web was the limit: the crawler could do more; compare the CPU time"
    if any(cell.verdict == "unstable" for cell in shown):
        yield f"{RESTLESS} unstable: the rounds disagree; more rounds, a quieter machine"
    if any(cell.is_fewer for cell in shown):
        yield f"{APART} fewer in flight, as it asks for no more at a time: not compared"


# A sweep: models × requests in flight


def of_sweeps(run: Run) -> list[Matrix]:
    """Each swept scenario: pages/s over requests in flight, coloured by the share of what latency alone allows."""
    return [_of_sweep(run, scenario) for scenario in swept(run)]


def _of_sweep(run: Run, scenario: str) -> Matrix:
    found, letters = curves(run, scenario), Letters()
    variants = [one for one in run.plan["scenarios"] if one["variant_of"] == scenario]
    counts = [one["in_flight"] for one in variants]
    at = {(cell.label, cell.interpreter, cell.scenario): cell for cell in run.cells}
    places = [(curve.label, curve.interpreter) for curve in found]
    rows = [[letters.entry(at.get((*place, one["name"])), _on_line) for one in variants] for place in places]
    several = len(cells.interpreters(run)) > 1
    names = [f"{label} {interpreter}" if several else label for label, interpreter in places]
    ideals = {cell.in_flight: cell.ideal_per_s for cell in run.cells if cell.ideal_per_s and not cell.is_fewer}
    if ideals:
        names, rows = [THE_LINE, *names], [[_ideal(ideals.get(count)) for count in counts], *rows]
    notes = (f"{THE_LINE} allows in flight / mean latency; colours are shares of that",) if ideals else ()
    title = f"{scenario}: pages/s by requests in flight"
    return Matrix(title, names, [str(count) for count in counts], rows, bool(ideals), (*notes, *letters.notes()))


def _ideal(value: float | None) -> Entry:
    return Entry("" if value is None else figures.thousands(value), DIM)


def _on_line(cell: Cell) -> Entry:
    text = f"{MARKS.get(cell.verdict, '')}{figures.thousands(cells.rate(cell))}"
    return Entry(text, "", line_share(cell))


def as_grid(matrix: Matrix) -> Grid:
    """The matrix as a table of text, for exports."""
    columns = [Column("model", matrix.names, 0, is_text=True)]
    for index, head in enumerate(matrix.heads):
        columns.append(Column(head.replace("\n", ""), [row[index].text for row in matrix.entries], 0))
    return Grid(matrix.title, columns, ["ok"] * len(matrix.names), list(matrix.notes))
