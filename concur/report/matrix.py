"""Models × interpreters: figures, ratios and costs of a scenario, each as one matrix. Pure; `heatmap.py` draws them.

Rows stand in the order in which the models were asked for, which for `all` is
the catalogue's: families stay together, and every matrix of a run lines up. A
place without a figure has a letter, whose reason stands below.
"""

import re
from collections.abc import Callable, Iterable
from string import ascii_lowercase
from typing import NamedTuple

from concur.bench.results import Cell, Comparison, Estimate, Run
from concur.report import cells, figures
from concur.report.columns import Column, Grid, folded

NAME_WIDTH = 34  # a model in several topologies stays on one line
AS_IT_IS = "as it is"  # the column of commands, which run on no interpreter of ours
BEST, DIM, BROKEN = "bold", "dim", "red"
LIMITED, RESTLESS, APART = ">", "~", "*"  # before or behind a figure
MARKS = {"engine-bound": LIMITED, "unstable": RESTLESS, "bimodal": RESTLESS}


class Entry(NamedTuple):
    """What stands in one place: text, its style, and, where it is to be coloured, how many times better than 1."""

    text: str
    style: str = ""
    gain: float | None = None


class Matrix(NamedTuple):
    """entries are rows of columns; heads may have two lines; notes belong below."""

    title: str
    names: list[str]
    heads: list[str]
    entries: list[list[Entry]]
    is_heat: bool = False
    notes: tuple[str, ...] = ()


class Board:
    """The cells of one scenario by label and interpreter, and the letters of those without a figure."""

    def __init__(self, run: Run, scenario: str) -> None:
        self.run, self.scenario = run, scenario
        self.here = cells.cells_of(run, scenario)
        self.labels = list(dict.fromkeys(cell.label for cell in self.here))
        self.interpreters = list(dict.fromkeys(cell.interpreter for cell in self.here))
        self.at = {(cell.label, cell.interpreter): cell for cell in self.here}
        self.offered_per_s = cells.offered_per_s(cells.usable(self.here))
        self.letters: dict[str, str] = {}
        for cell in self.here:
            if not is_shown(cell):
                self.letters.setdefault(_reason(cell), _letter(len(self.letters)))

    def matrix(self, title: str, entry: Callable[[Cell], Entry], *, is_heat: bool = False) -> Matrix:
        """One matrix, with an entry for each cell."""
        rows = [[self._entry(label, name, entry) for name in self.interpreters] for label in self.labels]
        heads = [_head(name) for name in self.interpreters]
        return Matrix(title, [folded(label, NAME_WIDTH) for label in self.labels], heads, rows, is_heat)

    def _entry(self, label: str, interpreter: str, entry: Callable[[Cell], Entry]) -> Entry:
        cell = self.at.get((label, interpreter))
        if cell is None:
            return Entry("")
        if is_shown(cell):
            return entry(cell)
        return Entry(self.letters[_reason(cell)], DIM if cell.verdict == "absent" else BROKEN)

    def best(self) -> set[int]:
        """The ids of the best cell of each interpreter, of those that had all connections."""
        ranked = [cell for cell in cells.ranked(self.here) if cell.connections is None]
        first: dict[str, Cell] = {}
        for cell in ranked:
            first.setdefault(cell.interpreter, cell)
        return {id(cell) for cell in first.values()}


def is_matrix(run: Run) -> bool:
    """Whether the run has several models on several interpreters."""
    return len(cells.interpreters(run)) > 1 and len({cell.label for cell in run.cells}) > 1


def matrices(run: Run) -> list[Matrix]:
    """All of a run: for each scenario figures, ratios, costs, with the notes under the last. None of a plain run."""
    if not is_matrix(run):
        return []
    return [matrix for scenario in cells.scenarios(run) for matrix in of_scenario(run, scenario)]


def of_scenario(run: Run, scenario: str) -> list[Matrix]:
    """Figures, then the ratios against the reference if there is one, then the server's CPU time a request."""
    board = Board(run, scenario)
    found = [_figures(board), *_ratios(board), *_costs(board)]
    return [*found[:-1], found[-1]._replace(notes=_notes(board))]


def heat(run: Run, scenario: str) -> list[Matrix]:
    """The ratios alone, with the notes; none where nothing is compared."""
    board = Board(run, scenario)
    return [one._replace(notes=_notes(board)) for one in _ratios(board)]


def as_grid(matrix: Matrix) -> Grid:
    """The matrix as a table of text, for exports."""
    columns = [Column("model", matrix.names, 0, is_text=True)]
    for index, head in enumerate(matrix.heads):
        columns.append(Column(head.replace("\n", ""), [row[index].text for row in matrix.entries], 0))
    return Grid(matrix.title, columns, ["ok"] * len(matrix.names), list(matrix.notes))


def is_shown(cell: Cell) -> bool:
    """Whether it has figures that may stand in a matrix."""
    return cell.verdict not in cells.UNUSABLE and cell.rate_per_s is not None


# Figures


def _figures(board: Board) -> Matrix:
    best = board.best()
    values = _p99 if board.offered_per_s is not None else _rate
    wording = figures.milliseconds if board.offered_per_s is not None else figures.thousands

    def entry(cell: Cell) -> Entry:
        estimate = values(cell)
        if estimate is None:
            return Entry("")
        before, behind = MARKS.get(cell.verdict, ""), "" if cell.connections is None else APART
        text = f"{before}{wording(estimate.median)}{behind}{_plus_minus(estimate)}"
        return Entry(text, BEST if id(cell) in best else "")

    matrix = board.matrix("", entry)
    has_intervals = any("±" in one.text for row in matrix.entries for one in row)
    half = " (± the wider half of the 95 % interval)" if has_intervals else ""
    return matrix._replace(title=f"{_what(board)}{half}")


def _what(board: Board) -> str:
    if board.offered_per_s is None:
        return f"{board.scenario}: requests a second"
    return f"{board.scenario}, at {figures.count(board.offered_per_s)} req/s: p99 in ms"


def _rate(cell: Cell) -> Estimate | None:
    return cell.rate_per_s


def _p99(cell: Cell) -> Estimate | None:
    return cell.latency_ns.get("p99")


def _plus_minus(estimate: Estimate) -> str:
    if estimate.interval is None or not estimate.median:
        return ""
    low, high = estimate.interval
    wider = max(estimate.median - low, high - estimate.median) / estimate.median
    return f" ±{max(1, round(100 * wider))}%"


# Ratios


def _ratios(board: Board) -> list[Matrix]:
    compared = {id(cell): cells.comparison(board.run, cell) for cell in board.here}
    one = next((found for found in compared.values() if found), None)
    if one is None:
        return []
    of_what = "" if one.metric == "rate" else f"{one.metric} "
    better = "" if one.metric == "rate" else ", less is better"

    def entry(cell: Cell) -> Entry:
        return _ratio(compared[id(cell)], is_reference=cells.is_reference(board.run, cell))

    title = f"{board.scenario}: {of_what}against {cells.reference_name(one, board.run)}{better}"
    return [board.matrix(title, entry, is_heat=True)]


def _ratio(one: Comparison | None, *, is_reference: bool) -> Entry:
    if one is None:
        return Entry("1", BEST, 1.0) if is_reference else Entry("")
    text = figures.ratio(one.ratio.median)
    if one.verdict == "not comparable":
        return Entry(f"{text}{APART}", DIM)
    gain = one.ratio.median if one.metric == "rate" else 1 / one.ratio.median
    return Entry(text, "", gain)


# Costs


def _costs(board: Board) -> list[Matrix]:
    def entry(cell: Cell) -> Entry:
        cpu = cell.server_cpu_ns_per_request
        return Entry("" if cpu is None else figures.microseconds(cpu.total.median))

    if all(cell.server_cpu_ns_per_request is None for cell in board.here):
        return []
    return [board.matrix(f"{board.scenario}: the server's CPU time a request, in µs", entry)]


# Notes


def _notes(board: Board) -> tuple[str, ...]:
    lettered = [f"{letter}: {reason}" for reason, letter in board.letters.items()]
    return (*lettered, *_marked(board))


def _marked(board: Board) -> Iterable[str]:
    """What the marks mean, as far as there are any."""
    shown = [cell for cell in board.here if is_shown(cell)]
    if any(cell.verdict == "engine-bound" for cell in shown):
        yield f"{LIMITED} the engine was the limit: the server could do more; compare the CPU time"
    if restless := [cell for cell in shown if MARKS.get(cell.verdict) == RESTLESS]:
        verdicts = ", ".join(dict.fromkeys(cell.verdict for cell in restless))
        yield f"{RESTLESS} {verdicts}: the rounds disagree; more rounds, a quieter machine"
    reasons = dict.fromkeys(filter(None, (_apart(board.run, cell) for cell in shown)))
    if reasons:
        yield f"{APART} not comparable: {'; '.join(reasons)}"


def _apart(run: Run, cell: Cell) -> str:
    compared = cells.comparison(run, cell)
    if compared and compared.verdict == "not comparable":
        return compared.reason
    if cell.connections is None:
        return ""
    return f"{cell.label} ran with {cell.connections} at a time, as it serves no more connections"


def _reason(cell: Cell) -> str:
    """Why there is no figure, as every interpreter would say it: its own name is in the column's head."""
    reason = cell.reason.removesuffix(f" {cell.interpreter}") or "it was not measured"
    return reason if cell.verdict == "absent" else f"{cell.verdict}: {reason}"


def _letter(index: int) -> str:
    """a, b, … z, aa, ab, …"""
    before, last = divmod(index, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]


def _head(interpreter: str) -> str:
    """A name on two lines where it falls in two: pypy / 3.11, 3.14 / +jit."""
    return re.sub(r"(?<=[a-z])(?=\d)|(?=\+)", "\n", interpreter, count=1) or AS_IT_IS
