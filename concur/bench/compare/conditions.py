"""Conditions under which a run has failed: `p99>5ms`, `threads: rate<0.95*ref`, `errors>0`. Tier 1; pure.

What becomes of each in every cell that it is about. How they are written is
`grammar.py`'s business, how a judgement is told `report/judged.py`'s.
"""

import operator
from collections.abc import Callable, Iterable, Sequence

import msgspec

from concur.bench import estimates, metrics
from concur.bench.compare.grammar import Condition, parse
from concur.bench.comparing import reference_cell
from concur.bench.plan import DEFAULT_REFERENCE
from concur.bench.results import Cell, Estimate, Run
from concur.bench.usable import BROKEN, not_comparable
from concur.errors import UsageError

__all__ = ["Condition", "Judgement", "check", "has_failed", "in_run", "judge", "paired", "parse"]

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a condition in one cell.

    verdict: holds (the run has failed), does not hold, cannot be told (the
    limit lies within the interval), no figure, or failed: a target that failed
    or answered wrongly passes nothing. reason says why. bound is
    the end of the interval that decides, the figure itself where there is no
    interval; a ratio where the condition is one.
    """

    condition: Condition
    scenario: str
    label: str
    interpreter: str
    verdict: str
    value: Estimate | None = None
    bound: float | None = None
    reason: str = ""


Ratio = Callable[[Cell, str], Estimate | str]  # a cell's figure over its reference's, or why there is none


def check(conditions: Iterable[Condition], cells: Iterable[tuple[str, str, str, str]]) -> None:
    """Raises UsageError for a condition that is about none of the cells (scenario, label, model, interpreter)."""
    known = list(cells)
    for one in conditions:
        if not any(one.means(*cell) for cell in known):
            names = ", ".join(dict.fromkeys(f"{scenario}/{label}" for scenario, label, *_ in known))
            raise UsageError(f"the condition '{one.text}' is about no cell of this run", do=f"There are: {names}.")


def judge(conditions: Sequence[Condition], run: Run, ratio: Ratio | None = None) -> list[Judgement]:
    """Every condition in every cell that it is about, in that order.

    A condition holds where the whole 95 % interval satisfies it; of one round,
    where the figure does. ratio says what `ref` is: by default the run's own
    reference, which such a condition is not about then. Raises UsageError for a
    condition that is about no cell.
    """
    check(conditions, [_names(cell) for cell in run.cells])
    against = ratio or in_run(run)
    found = []
    for condition in conditions:
        for cell in run.cells:
            skipped = condition.is_ratio and ratio is None and cell is _reference(run, cell)
            if condition.means(*_names(cell)) and not skipped:
                found.append(_judged(condition, cell, against))
    return found


def has_failed(judgements: Iterable[Judgement]) -> bool:
    """Whether a condition holds somewhere or a target failed, or one had a figure nowhere: what was not measured
    does not pass.
    """
    by_condition: dict[str, set[str]] = {}
    for each in judgements:
        by_condition.setdefault(each.condition.text, set()).add(each.verdict)
    return any(found & {"holds", "failed"} or found == {"no figure"} for found in by_condition.values())


def _names(cell: Cell) -> tuple[str, str, str, str]:
    return cell.scenario, cell.label, cell.model, cell.interpreter


def _judged(condition: Condition, cell: Cell, ratio: Ratio) -> Judgement:
    figure = ratio(cell, condition.metric) if condition.is_ratio else _figure(cell, condition.metric)
    verdict, bound = _verdict(condition, figure) if isinstance(figure, Estimate) else ("no figure", None)
    reason = figure if isinstance(figure, str) else ""
    if cell.verdict in BROKEN and verdict != "holds":
        verdict, reason = "failed", cell.reason
    return Judgement(
        condition=condition,
        scenario=cell.scenario,
        label=cell.label,
        interpreter=cell.interpreter,
        verdict=verdict,
        value=figure if isinstance(figure, Estimate) else None,
        bound=bound,
        reason=reason,
    )


def _figure(cell: Cell, metric: str) -> Estimate | str:
    found = metrics.value(cell, metric)
    return found or (f"it is {cell.verdict}" + (f": {cell.reason}" if cell.reason else ""))


def _verdict(condition: Condition, figure: Estimate) -> tuple[str, float]:
    """(verdict, the end of the interval that decides): the one hardest to satisfy it, else the one easiest."""
    satisfies, limit = OPERATORS[condition.operator], condition.limit
    low, high = figure.interval or (figure.median, figure.median)
    hardest, easiest = (low, high) if ">" in condition.operator else (high, low)
    if condition.operator == "==":
        hardest, easiest = (low, high)[abs(high - limit) > abs(low - limit)], min(max(limit, low), high)
    if satisfies(hardest, limit):
        return "holds", hardest
    return ("cannot be told" if satisfies(easiest, limit) else "does not hold"), easiest


def in_run(run: Run) -> Ratio:
    """The ratios against the run's own reference: those of its comparisons, else paired by round."""

    def ratio(cell: Cell, metric: str) -> Estimate | str:
        against = _reference(run, cell)
        if against is None:
            return "the reference was not measured"
        if reason := not_comparable(cell, against):
            return reason
        key = (cell.scenario, cell.label, cell.interpreter, metric)
        known = [one for one in run.comparisons if (one.scenario, one.label, one.interpreter, one.metric) == key]
        return known[0].ratio if known else paired(cell, against, metric)

    return ratio


def paired(cell: Cell, against: Cell, metric: str) -> Estimate | str:
    """The ratio of two cells that were measured in the same rounds, or why there is none."""
    ours, theirs = metrics.by_round(cell, metric), metrics.by_round(against, metric)
    rounds = [number for number in ours if number in theirs]
    if not rounds:
        return f"no round has the {metric} of both"
    if not all(ours[number] > 0 and theirs[number] > 0 for number in rounds):
        return f"a {metric} of 0 has no ratio"
    return estimates.ratio([ours[number] for number in rounds], [theirs[number] for number in rounds])


def _reference(run: Run, cell: Cell) -> Cell | None:
    family = [one for one in run.cells if one.scenario == cell.scenario]
    return reference_cell(family, run.plan.get("reference", DEFAULT_REFERENCE))
