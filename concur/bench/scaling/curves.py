"""From a run's cells to curves: rates by round over connections, payloads or workers. Pure; nothing is fitted here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from concur import catalog
from concur.bench import estimates
from concur.bench.metrics import by_round
from concur.bench.results import Cell, Run
from concur.bench.scaling.records import Point
from concur.bench.scenarios import size_named
from concur.bench.usable import BROKEN, NO_FIGURES

CONNECTIONS, PAYLOAD = "connections", "payload"


class Place(NamedTuple):
    """One place of a curve: the rates of its rounds, by their number."""

    n: int
    rates: Mapping[int, float]
    is_at_least: bool = False


class Measured(NamedTuple):
    """One target's curve before anything is made of it; left_out says what no law may be fitted to."""

    label: str
    model: str
    interpreter: str
    scenario: str
    over: str
    fixed: str
    places: list[Place]
    left_out: list[str]

    @property
    def usable(self) -> list[Place]:
        """The places whose rate is the server's own."""
        return [] if self.left_out else [place for place in self.places if not place.is_at_least]

    @property
    def points(self) -> list[Point]:
        """Medians with their intervals, for the record."""
        return [
            Point(
                n=one.n, rate_per_s=estimates.estimate(list(one.rates.values())), is_at_least=one.is_at_least
            )
            for one in self.places
        ]  # fmt: skip


class _Load(NamedTuple):
    """One of a sweep's variants."""

    name: str
    connections: int
    payload_bytes: int


def measured(run: Run) -> list[Measured]:
    """Every curve of the run that has two places or more: over connections or payloads, then over workers."""
    found = [*_of_sweeps(run), *_of_workers(run)]
    return [one for one in found if len(one.places) > 1]


# Over connections and payloads


def _of_sweeps(run: Run) -> Iterator[Measured]:
    for scenario, loads in _variants(run).items():
        sizes = sorted({one.payload_bytes for one in loads})
        counts = sorted({one.connections for one in loads})
        if len(counts) > 1:
            for size in sizes:
                named = {one.name: one.connections for one in loads if one.payload_bytes == size}
                yield from _over(run, scenario, named, CONNECTIONS, size_named(size))
        else:
            named = {one.name: one.payload_bytes for one in loads}
            yield from _over(run, scenario, named, PAYLOAD, f"{counts[0]} connection{'s' * (counts[0] != 1)}")


def _variants(run: Run) -> dict[str, list[_Load]]:
    """The closed loops of each sweep, by the name of what they are variants of."""
    found: dict[str, list[_Load]] = {}
    for one in run.plan.get("scenarios", []):
        if one.get("variant_of") and not one.get("is_open"):
            found.setdefault(one["variant_of"], []).append(
                _Load(one["name"], one["connections"], one["payload_bytes"])
            )  # fmt: skip
    return found


def _over(run: Run, scenario: str, named: Mapping[str, int], over: str, fixed: str) -> Iterator[Measured]:
    """A curve for each target. named: where each scenario's cells stand."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in run.cells:
        if cell.scenario in named:
            groups.setdefault((cell.label, cell.interpreter), []).append(cell)
    for (label, interpreter), group in groups.items():
        at = [(named[cell.scenario], cell) for cell in group]
        yield _curve(label, interpreter, scenario, over, fixed, at)


# Over workers


def _of_workers(run: Run) -> Iterator[Measured]:
    """Of each target in several topologies a curve for each kind of worker, with its single copy as the first place."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in run.cells:
        groups.setdefault((cell.scenario, without_topology(cell), cell.interpreter), []).append(cell)
    closed = {one["name"] for one in run.plan.get("scenarios", []) if _is_closed(one)}
    for (scenario, label, interpreter), group in groups.items():
        for kind in catalog.COPIES if scenario in closed else ():
            chosen = [cell for cell in group if cell.topology == catalog.ONE or cell.topology.endswith(f" {kind}")]
            at = [(_copies(cell), cell) for cell in chosen]
            if any(cell.topology != catalog.ONE for cell in chosen):
                yield _curve(label, interpreter, scenario, kind, "", at)


def _is_closed(scenario: Mapping[str, Any]) -> bool:
    return not scenario.get("is_open")


def _copies(cell: Cell) -> int:
    return 1 if cell.topology == catalog.ONE else int(cell.topology.split()[0])


def without_topology(cell: Cell) -> str:
    """`threads (2 processes, pool 8)` → `threads (pool 8)`."""
    label = cell.label.replace(f"({cell.topology}, ", "(")
    return label.replace(f" ({cell.topology})", "")


# One curve


def _curve(
    label: str, interpreter: str, scenario: str, over: str, fixed: str, at: Iterable[tuple[int, Cell]]
) -> Measured:
    known = sorted(((n, cell) for n, cell in at if _has_rate(cell)), key=lambda one: one[0])
    full = [(n, cell) for n, cell in known if cell.connections is None]
    places = [Place(n, by_round(cell, "rate"), cell.verdict == "engine-bound") for n, cell in full]
    model = known[0][1].model if known else label
    return Measured(label, model, interpreter, scenario, over, fixed, places, _placed_apart(full, over))


def _has_rate(cell: Cell) -> bool:
    return cell.verdict not in (*BROKEN, *NO_FIGURES) and bool(by_round(cell, "rate"))


def _placed_apart(full: list[tuple[int, Cell]], over: str) -> list[str]:
    """Places where the server had other CPUs: the step between them is the placement's too."""
    placed: dict[str, list[int]] = {}
    for n, cell in full:
        placed.setdefault(cell.placement, []).append(n)
    if len(placed) < 2:
        return []
    told = ", ".join(f"{name} with {', '.join(map(str, ns))}" for name, ns in placed.items())
    return [f"its placements differ, {told} {over}: --place shared, or free, places all alike"]
