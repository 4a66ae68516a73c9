"""What became of the conditions of --fail-if, in words. Pure functions from judgements to lines.

A line carries the figure with its interval, and names the cell. Cells where a
condition does not hold are counted, not listed: nobody reads what is well.
"""

from collections.abc import Callable, Iterable, Sequence

from concur.bench.compare.conditions import Judgement
from concur.bench.metrics import METRICS
from concur.bench.results import Estimate
from concur.report import figures

STYLES = {"holds": "red", "failed": "red", "cannot be told": "yellow", "no figure": "yellow", "does not hold": ""}
MARKS = {"holds": "×", "failed": "×", "cannot be told": "?", "no figure": "?", "does not hold": "✓"}
MOST_LISTED = 12

WORDING: dict[str, Callable[[float], str]] = {
    "rate": lambda value: f"{figures.count(value)} req/s",
    "time": figures.time,
    "share": figures.share,
    "size": lambda value: f"{figures.digits(value / 2**20)} MiB",
    "each": figures.per_request,
    "count": figures.count,
}


def lines(judgements: Sequence[Judgement]) -> list[tuple[str, str]]:
    """(verdict, sentence): for each condition where it holds, where that cannot be told, and how often it does not."""
    told: list[tuple[str, str]] = []
    for text in dict.fromkeys(each.condition.text for each in judgements):
        of_it = [each for each in judgements if each.condition.text == text]
        for verdict in ("holds", "failed", "cannot be told", "no figure"):
            told += _listed(text, verdict, [each for each in of_it if each.verdict == verdict])
        told += _counted(text, of_it)
    return told


def _listed(text: str, verdict: str, found: Sequence[Judgement]) -> Iterable[tuple[str, str]]:
    for each in found[:MOST_LISTED]:
        yield verdict, f"{text} {_said(each)}"
    if len(found) > MOST_LISTED:
        yield verdict, f"{text}: likewise in {figures.counted(len(found) - MOST_LISTED, 'further cell')}"


def _said(each: Judgement) -> str:
    where = f"{each.label}{f' on {each.interpreter}' if each.interpreter else ''} in {each.scenario}"
    if each.verdict == "failed":
        return f"is not met by {where}, which failed: {each.reason}"
    if each.value is None:
        return f"has no figure for {where}: {each.reason}"
    figure = figure_of(each.condition.metric, each.value, is_ratio=each.condition.is_ratio)
    if each.verdict == "cannot be told":
        return f"cannot be told for {where}: the interval of {figure} reaches over it; more rounds narrow it"
    return f"holds for {where}: {figure}{'' if each.value.interval else _alone(each)}"


def _alone(each: Judgement) -> str:
    return "" if METRICS[each.condition.metric].kind == "count" else ", one figure without an interval"


def _counted(text: str, found: Sequence[Judgement]) -> Iterable[tuple[str, str]]:
    without = [each for each in found if each.verdict == "does not hold"]
    if len(without) == len(found):
        yield "does not hold", f"{text} holds nowhere: {figures.counted(len(found), 'cell')} judged"
    elif all(each.verdict == "no figure" for each in found):
        yield "no figure", f"{text} could be judged nowhere, so it has not passed"
    elif without:
        yield "does not hold", f"{text} does not hold in {figures.counted(len(without), 'further cell')}"


def figure_of(metric: str, value: Estimate, *, is_ratio: bool = False) -> str:
    """`5.40 ms (5.10 ms–5.90 ms)`, `0.93× (0.91×–0.95×)`, in the metric's unit."""
    wording = figures.ratio if is_ratio else WORDING[METRICS[metric].kind]
    interval = f" ({'–'.join(map(wording, value.interval))})" if value.interval else ""
    return f"{wording(value.median)}{interval}"
