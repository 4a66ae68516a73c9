"""Which crawls of a run are compared with which, and what may be said of each pair. Tier 1; pure rules over results."""

from concur.bench import estimates
from concur.bench.crawls.results import Cell
from concur.bench.crawls.verdicts import measured
from concur.bench.plan import is_meant
from concur.bench.results import Comparison

NO_COMPARISON = ("wrong", "failed", "absent", "web-bound")


def compare(cells: list[Cell], reference: str) -> list[Comparison]:
    """Each scenario's cells against its reference cell: the ratio of rates by round, Holm-corrected as one family."""
    found: list[Comparison] = []
    for name in dict.fromkeys(cell.scenario for cell in cells):
        family = [cell for cell in cells if cell.scenario == name]
        against = reference_cell(family, reference)
        if against:
            found += _compare_family([cell for cell in family if cell is not against], against)
    return found


def reference_cell(family: list[Cell], reference: str) -> Cell | None:
    """The cell others are compared with: the first that is meant and has figures."""
    named = [cell for cell in family if is_meant(reference, cell.label, cell.model, cell.interpreter)]
    return next((cell for cell in named if measured(cell)), None)


def not_comparable(cell: Cell, against: Cell) -> str:
    """Why a ratio of the two would compare two different things; empty if it would not."""
    if cell.in_flight != against.in_flight:
        fewer = min(cell, against, key=lambda one: one.in_flight)
        return f"{fewer.label} ran with {fewer.in_flight} in flight, as it asks for no more at a time"
    for each in (cell, against):
        if each.verdict in NO_COMPARISON:
            return f"{each.label} is {each.verdict}"
    return ""


def _compare_family(cells: list[Cell], against: Cell) -> list[Comparison]:
    pairs = {id(cell): _ratios(cell, against) for cell in cells}
    rated = [cell for cell in cells if pairs[id(cell)] and not not_comparable(cell, against)]
    adjusted = estimates.holm([estimates.p_value(pairs[id(cell)]) for cell in rated]) if rated else []
    p_values = {id(cell): p for cell, p in zip(rated, adjusted, strict=True)}
    return [_comparison(cell, against, pairs[id(cell)], p_values) for cell in cells if pairs[id(cell)]]


def _ratios(cell: Cell, against: Cell) -> list[float]:
    ours, theirs = ({one.round: one.rate_per_s for one in measured(each)} for each in (cell, against))
    return [ours[number] / theirs[number] for number in sorted(ours) if theirs.get(number)]


def _comparison(cell: Cell, against: Cell, ratios: list[float], p_values: dict[int, float]) -> Comparison:
    reason, verdict = not_comparable(cell, against), "not comparable"
    if not reason:
        verdict = estimates.verdict_of_ratio(ratios, p_values[id(cell)], family=len(p_values))
    return Comparison(
        label=cell.label,
        interpreter=cell.interpreter,
        reference=against.label,
        reference_interpreter=against.interpreter,
        scenario=cell.scenario,
        metric="rate",
        ratio=estimates.ratio(ratios, [1.0] * len(ratios)),
        verdict=verdict,
        reason=reason,
    )
