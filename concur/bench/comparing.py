"""Which cells of a run are compared with which, and what may be said of each pair. Tier 1; pure rules over results."""

from collections.abc import Iterable, Mapping

from concur.bench import estimates, noise
from concur.bench.metrics import by_round
from concur.bench.plan import is_meant
from concur.bench.results import Cell, Comparison, NoiseFloor
from concur.bench.usable import measured, not_comparable


def metrics_of(cell: Cell) -> tuple[str, ...]:
    """What a cell's comparisons are of: the rate of a closed loop, p99 and CPU at a common rate."""
    is_open = any(trial.load and trial.load.offered_per_s for trial in cell.trials)
    return ("p99", "cpu") if is_open else ("rate",)


def compare(cells: list[Cell], reference: str, floors: Iterable[NoiseFloor] = ()) -> list[Comparison]:
    """Each scenario's cells against its reference cell, paired by round: the rate, or at a common rate p99 and CPU.

    The comparisons of one metric in one scenario are a family, and corrected as
    such. floors are by how much the same server differed from itself: what lies wholly within is no difference.
    """
    comparisons: list[Comparison] = []
    reach = {(floor.scenario, floor.metric): noise.reach(floor) for floor in floors}
    for name in dict.fromkeys(cell.scenario for cell in cells):
        family = [cell for cell in cells if cell.scenario == name]
        against = reference_cell(family, reference)
        if against:
            others = [cell for cell in family if cell is not against]
            for metric in metrics_of(against):
                comparisons += _compare_family(others, against, metric, reach.get((name, metric), 1.0))
    return comparisons


def reference_cell(family: list[Cell], reference: str) -> Cell | None:
    """The cell others are compared with: the first of that label or model, on that interpreter, that was measured."""
    named = [cell for cell in family if is_meant(reference, cell.label, cell.model, cell.interpreter)]
    return next((cell for cell in named if measured(cell)), None)


def ratios_of(cell: Cell, against: Cell, metric: str) -> list[float]:
    """The cell's value over the other's, for each round that both have."""
    ours, theirs = by_round(cell, metric), by_round(against, metric)
    return [ours[number] / theirs[number] for number in sorted(ours) if ours[number] and theirs.get(number)]


def noise_floors(cells: list[Cell], twins: list[Cell]) -> list[NoiseFloor]:
    """A/A: for each twin, by how much it differed from the cell that it repeats, in each metric that is compared."""
    floors = []
    for twin in twins:
        for cell in cells:
            if _same(cell, twin) and measured(cell):
                for metric in metrics_of(cell):
                    floors += noise.floor(cell, metric, ratios_of(twin, cell, metric))
    return floors


def _same(cell: Cell, twin: Cell) -> bool:
    names = ("scenario", "label", "interpreter", "topology", "env")
    return all(getattr(cell, name) == getattr(twin, name) for name in names)


def _compare_family(cells: list[Cell], against: Cell, metric: str, floor: float) -> list[Comparison]:
    pairs = {id(cell): ratios_of(cell, against, metric) for cell in cells}
    rated = [cell for cell in cells if pairs[id(cell)] and not not_comparable(cell, against)]
    p_values = _corrected({id(cell): pairs[id(cell)] for cell in rated})
    return [_comparison(cell, against, metric, pairs[id(cell)], p_values, floor) for cell in cells if pairs[id(cell)]]


def _corrected(pairs: Mapping[int, list[float]]) -> dict[int, float]:
    """Each one's p-value, corrected for the family that all of them are."""
    adjusted = estimates.holm([estimates.p_value(ratios) for ratios in pairs.values()]) if pairs else []
    return dict(zip(pairs, adjusted, strict=True))


def _comparison(
    cell: Cell, against: Cell, metric: str, ratios: list[float], p_values: Mapping[int, float], floor: float
) -> Comparison:
    reason = not_comparable(cell, against)
    verdict = "not comparable"
    if not reason:
        verdict = estimates.verdict_of_ratio(
            ratios, p_values[id(cell)], family=len(p_values), higher_is_better=metric == "rate", floor=floor
        )
    return Comparison(
        label=cell.label,
        interpreter=cell.interpreter,
        reference=against.label,
        reference_interpreter=against.interpreter,
        scenario=cell.scenario,
        metric=metric,
        ratio=estimates.ratio(ratios, [1.0] * len(ratios)),
        verdict=verdict,
        reason=reason,
    )
