"""A sweep: one scenario at several numbers of connections and sizes of payload, and who is how much faster where. Pure.

What must not live here: words (`sweep_words.py`), tables (`sweep_tables.py`), the picture (`sweep_plot.py`).
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import NamedTuple

from concur.bench.results import Cell, Comparison, Run
from concur.report import cells

# What is the same program on another loop: there one asks for the ratio of the two, whatever the reference is.
TWINS = {"uvloop_streams": "asyncio_streams", "uvloop_protocol": "asyncio_protocol"}


class Place(NamedTuple):
    """One load of a sweep."""

    payload_bytes: int
    connections: int


class Sweep(NamedTuple):
    """A scenario's variants, each place with the name of its scenario."""

    name: str
    places: dict[Place, str]

    @property
    def payloads(self) -> list[int]:
        """All sizes, the smallest first."""
        return sorted({place.payload_bytes for place in self.places})

    @property
    def connections(self) -> list[int]:
        """All numbers of connections, the fewest first."""
        return sorted({place.connections for place in self.places})

    @property
    def is_over_payloads(self) -> bool:
        """Whether payloads are all that differs, and so what a curve runs over."""
        return len(self.connections) == 1


class Point(NamedTuple):
    """One target against another in one place; is_at_least where the engine held back the first, not the second."""

    place: Place
    over: Cell
    under: Cell
    compared: Comparison

    @property
    def is_at_least(self) -> bool:
        return self.over.verdict == "engine-bound" and self.under.verdict not in ("engine-bound", *cells.UNUSABLE)

    @property
    def is_usable(self) -> bool:
        """Whether its ratio says something of the two."""
        return self.compared.verdict != "not comparable" or self.is_at_least

    @property
    def is_gain(self) -> bool:
        """Whether the first is the faster one."""
        return self.compared.ratio.median > 1

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the ratio's interval, the ratio twice after one round; no upper end where it is_at_least."""
        ratio = self.compared.ratio
        low, high = ratio.interval or (ratio.median, ratio.median)
        return low, inf if self.is_at_least else high


class Curve(NamedTuple):
    """One target against another over a sweep; the names are those of a table."""

    over: str
    under: str
    points: list[Point]


def sweeps(run: Run) -> list[Sweep]:
    """The run's sweeps, in its order; none of a plain run."""
    found: dict[str, dict[Place, str]] = {}
    for one in run.plan.get("scenarios", []):
        if isinstance(one, dict) and one.get("variant_of") and not one.get("is_step"):
            place = Place(one["payload_bytes"], one["connections"])
            found.setdefault(one["variant_of"], {})[place] = one["name"]
    return [Sweep(name, places) for name, places in found.items()]


def is_sweep(run: Run) -> bool:
    """Whether the run's scenarios are variants, for which a table each would be read by nobody."""
    return bool(sweeps(run))


def cells_by_place(run: Run, sweep: Sweep) -> dict[Place, list[Cell]]:
    """The cells of each place, in the run's order; none of a place that was not reached."""
    return {place: cells.cells_of(run, name) for place, name in sweep.places.items()}


def curves(run: Run, sweep: Sweep) -> list[Curve]:
    """Each pair's ratio of rates in every place where both have one; none of a sweep at a common rate.

    Pairs are twins (TWINS) on one interpreter, in one topology and environment, or
    with settings that only the second has; where there are no twins, each target
    and the run's reference. Ratios are those of `comparing.compare`: paired by
    round, with their interval.
    """
    from concur.bench.comparing import compare  # takes numpy and scipy with it

    here = cells_by_place(run, sweep)
    if cells.offered_per_s(each for group in here.values() for each in group) is not None:
        return []
    found = []
    for over, under in _pairs(run, [cell for group in here.values() for cell in group]):
        both = ((place, _like(over, group), _like(under, group)) for place, group in here.items())
        points = [_point(place, first, second, compare) for place, first, second in both if first and second]
        known = [point for point in points if point is not None]
        if known:
            found.append(Curve(cells.name(over, run), cells.name(under, run), known))
    return found


def _point(
    place: Place, over: Cell, under: Cell, compare: Callable[[list[Cell], str], list[Comparison]]
) -> Point | None:
    """None where one of them was not measured."""
    compared = compare([under, over], f"{under.label}@{under.interpreter}")
    ratios = [one for one in compared if one.metric == "rate"]
    return Point(place, over, under, ratios[0]) if ratios else None


def _pairs(run: Run, here: Iterable[Cell]) -> list[tuple[Cell, Cell]]:
    """Who is held against whom, each as one of its cells."""
    targets = list({(cell.label, cell.interpreter): cell for cell in here}.values())
    twins = [(over, under) for over in targets for under in targets if _are_twins(over, under)]
    if twins:
        return twins
    reference = next((cell for cell in targets if _is_reference(run, cell)), None)
    return [(cell, reference) for cell in targets if reference is not None and cell is not reference]


def _are_twins(over: Cell, under: Cell) -> bool:
    alike = (over.interpreter, over.topology) == (under.interpreter, under.topology)
    return alike and TWINS.get(over.model) == under.model and over.env in ({}, under.env)


def _is_reference(run: Run, cell: Cell) -> bool:
    key = (cell.label, cell.interpreter)
    return any((one.reference, one.reference_interpreter or cell.interpreter) == key for one in run.comparisons)


def _like(one: Cell, group: list[Cell]) -> Cell | None:
    key = (one.label, one.interpreter)
    return next((cell for cell in group if (cell.label, cell.interpreter) == key), None)
