"""Where a model leaves the line: pages/s over requests in flight, against what latency alone allows. Tier 1; pure."""

from typing import NamedTuple

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.verdicts import ON_THE_LINE, line_share


class Curve(NamedTuple):
    """One target over the numbers in flight; cells have figures and ascend, absent is why there are no more of them."""

    model: str
    label: str
    interpreter: str
    scenario: str
    cells: list[Cell]
    absent: str


def swept(run: Run) -> list[str]:
    """The scenarios that a run goes over several numbers in flight with."""
    variants = (one for one in run.plan.get("scenarios", []) if one.get("variant_of"))
    return list(dict.fromkeys(one["variant_of"] for one in variants))


def curves(run: Run, scenario: str) -> list[Curve]:
    """A curve for each target of a swept scenario, in the run's order."""
    names = {one["name"] for one in run.plan["scenarios"] if one["variant_of"] == scenario}
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in run.cells:
        if cell.scenario in names:
            groups.setdefault((cell.label, cell.interpreter), []).append(cell)
    return [_curve(group, scenario) for group in groups.values()]


def _curve(group: list[Cell], scenario: str) -> Curve:
    first = group[0]
    good = sorted((cell for cell in group if cell.rate_per_s), key=lambda cell: cell.in_flight)
    absent = next((cell.reason for cell in group if not cell.rate_per_s and cell.verdict == "absent"), "")
    return Curve(first.model, first.label, first.interpreter, scenario, good, absent)


def follows_to(curve: Curve) -> int:
    """Up to how many in flight its rate is at least ON_THE_LINE of what latency alone allows; 0 for nowhere."""
    last = 0
    for cell in curve.cells:
        if (line_share(cell) or 0.0) < ON_THE_LINE:
            break
        last = cell.in_flight
    return last


def beyond(curve: Curve) -> list[Cell]:
    """Its cells after it has left the line."""
    last = follows_to(curve)
    return [cell for cell in curve.cells if cell.in_flight > last]


def best(cells: list[Cell]) -> Cell | None:
    """The cell of the highest rate."""
    return max(cells, key=lambda cell: cell.rate_per_s.median if cell.rate_per_s else 0.0, default=None)
