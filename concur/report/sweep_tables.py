"""A sweep as matrices: models by connections, one for each payload; below, pair by pair, the ratios. Pure."""

from collections.abc import Callable, Iterable
from string import ascii_lowercase

from concur.bench.results import Cell, Estimate, Run
from concur.bench.scenarios import size_named
from concur.report import cells, figures
from concur.report.columns import folded
from concur.report.matrix import APART, BROKEN, DIM, LIMITED, MARKS, NAME_WIDTH, RESTLESS, Entry, Matrix, is_shown
from concur.report.sweeps import Curve, Place, Point, Sweep, cells_by_place, curves, sweeps

AT_LEAST = ">"  # before a ratio


def matrices(run: Run) -> list[Matrix]:
    """For each payload of each sweep the figures, then the ratios, if there are pairs; notes below the last."""
    found: list[Matrix] = []
    for sweep in sweeps(run):
        pairs, reasons = curves(run, sweep), _letters(run, sweep)
        here = [one for panel in panels(sweep) for one in _of_panel(run, sweep, panel, pairs, reasons)]
        found += [*here[:-1], here[-1]._replace(notes=tuple(_notes(run, sweep, pairs, reasons)))]
    return found


def panels(sweep: Sweep) -> list[list[Place]]:
    """The places of each matrix or picture: those of one payload, or where connections are not swept, all."""
    if sweep.is_over_payloads:
        return [sorted(sweep.places)]
    return [sorted(place for place in sweep.places if place.payload_bytes == size) for size in sweep.payloads]


def head(sweep: Sweep, place: Place) -> str:
    """What a place is called within its panel."""
    return size_named(place.payload_bytes) if sweep.is_over_payloads else str(place.connections)


def subtitle(sweep: Sweep, panel: list[Place]) -> str:
    """What all places of a panel have in common: `64 B`, or with one payload only, nothing."""
    return "" if sweep.is_over_payloads or len(sweep.payloads) == 1 else size_named(panel[0].payload_bytes)


def _of_panel(
    run: Run, sweep: Sweep, panel: list[Place], pairs: list[Curve], reasons: dict[str, str]
) -> Iterable[Matrix]:
    heads = [head(sweep, place) for place in panel]
    about = ", ".join(filter(None, (sweep.name, subtitle(sweep, panel))))
    by = "by payload" if sweep.is_over_payloads else "by connections"
    yield Matrix(f"{about}: {_what(run, sweep)}, {by}", *_figures(run, sweep, panel, heads, reasons))
    if pairs:
        names = [folded(f"{curve.over} / {curve.under}", NAME_WIDTH) for curve in pairs]
        entries = [[_ratio(curve, place) for place in panel] for curve in pairs]
        yield Matrix(f"{about}: how many times the rate of the other, {by}", names, heads, entries, is_heat=True)


def _what(run: Run, sweep: Sweep) -> str:
    return "p99 in ms, at a common rate" if _is_open(run, sweep) else "requests a second"


def _is_open(run: Run, sweep: Sweep) -> bool:
    return cells.offered_per_s(cell for group in cells_by_place(run, sweep).values() for cell in group) is not None


def _figures(
    run: Run, sweep: Sweep, panel: list[Place], heads: list[str], reasons: dict[str, str]
) -> tuple[list[str], list[str], list[list[Entry]]]:
    """Names, heads and entries."""
    here = cells_by_place(run, sweep)
    at = {(place, cells.name(cell, run)): cell for place in panel for cell in here[place]}
    names = list(dict.fromkeys(name for _, name in at))
    estimate, wording = _p99_or_rate(_is_open(run, sweep))
    rows = [[_entry(at.get((place, name)), estimate, wording, reasons) for place in panel] for name in names]
    return [folded(name, NAME_WIDTH) for name in names], heads, rows


def _p99_or_rate(is_open: bool) -> tuple[Callable[[Cell], Estimate | None], Callable[[float], str]]:
    if is_open:
        return (lambda cell: cell.latency_ns.get("p99")), figures.milliseconds
    return (lambda cell: cell.rate_per_s), figures.thousands


def _entry(
    cell: Cell | None,
    estimate: Callable[[Cell], Estimate | None],
    wording: Callable[[float], str],
    reasons: dict[str, str],
) -> Entry:
    if cell is None:
        return Entry("")
    if not is_shown(cell):
        return Entry(reasons[_reason(cell)], DIM if cell.verdict == "absent" else BROKEN)
    found = estimate(cell)
    behind = "" if cell.connections is None else APART
    return Entry("" if found is None else f"{MARKS.get(cell.verdict, '')}{wording(found.median)}{behind}")


def _ratio(curve: Curve, place: Place) -> Entry:
    point = next((one for one in curve.points if one.place == place), None)
    if point is None:
        return Entry("")
    ratio = point.compared.ratio.median
    if not point.is_usable:
        return Entry(f"{figures.ratio(ratio)}{APART}", DIM)
    return Entry(f"{AT_LEAST * point.is_at_least}{figures.ratio(ratio)}", "", ratio)


def _letters(run: Run, sweep: Sweep) -> dict[str, str]:
    """The letter of each reason for which there is no figure."""
    every = (cell for group in cells_by_place(run, sweep).values() for cell in group)
    reasons = dict.fromkeys(_reason(cell) for cell in every if not is_shown(cell))
    return {reason: _letter(index) for index, reason in enumerate(reasons)}


def _letter(index: int) -> str:
    """a, b, … z, aa, ab, …"""
    before, last = divmod(index, len(ascii_lowercase))
    return (_letter(before - 1) if before else "") + ascii_lowercase[last]


def _reason(cell: Cell) -> str:
    reason = cell.reason or "it was not measured"
    return reason if cell.verdict == "absent" else f"{cell.verdict}: {reason}"


def _notes(run: Run, sweep: Sweep, pairs: list[Curve], reasons: dict[str, str]) -> Iterable[str]:
    """What letters and marks mean, as far as there are any."""
    yield from (f"{letter}: {reason}" for reason, letter in reasons.items())
    shown = [cell for group in cells_by_place(run, sweep).values() for cell in group if is_shown(cell)]
    points = [point for curve in pairs for point in curve.points]
    if any(cell.verdict == "engine-bound" for cell in shown):
        yield f"{LIMITED} the engine was the limit: the server could do more"
    if any(MARKS.get(cell.verdict) == RESTLESS for cell in shown):
        verdicts = ", ".join(dict.fromkeys(cell.verdict for cell in shown if MARKS.get(cell.verdict) == RESTLESS))
        yield f"{RESTLESS} {verdicts}: the rounds disagree; more rounds, a quieter machine"
    if told := "; ".join(dict.fromkeys(_apart(shown, points))):
        yield f"{APART} not comparable: {told}"


def _apart(shown: list[Cell], points: list[Point]) -> Iterable[str]:
    yield from (point.compared.reason for point in points if not point.is_usable)
    for cell in shown:
        if cell.connections is not None:
            yield f"{cell.label} serves no more than {cell.connections} connections at a time"
