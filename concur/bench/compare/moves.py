"""What may be said of one cell in two runs: a move. Tier 1; pure over `results.Cell`.

Rounds are paired only where the two runs took turns, round by round; else the
two groups are compared unpaired (`two_samples.py`). Then the minutes between
the runs are in every ratio, and in no interval. So a verdict needs more, where
it can be had: a cell has moved only if it did so against the control too, a
model of the catalogue that both runs have as reference (differences in
differences: Card and Krueger 1994, Minimum wages and employment).
Which cells belong together is `across.py`'s business.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from concur.bench import estimates, metrics
from concur.bench.compare import two_samples
from concur.bench.metrics import METRICS
from concur.bench.results import Cell, Estimate
from concur.bench.usable import measured


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One cell in both runs, by one metric: reference and new are its figures, ratio is new over reference.

    against_control is the ratio after the control's own is taken out;
    is_control marks the control itself. verdict is in the words of a
    comparison; reason says why there is none, or why it is not what it seems.
    rounds are those of the reference and of the new run.
    """

    scenario: str
    label: str
    interpreter: str
    metric: str
    verdict: str
    reason: str = ""
    reference: Estimate | None = None
    new: Estimate | None = None
    ratio: Estimate | None = None
    against_control: Estimate | None = None
    is_control: bool = False
    is_paired: bool = False
    rounds: tuple[int, int] = (0, 0)


class Pair(msgspec.Struct, kw_only=True):
    """Two cells and a metric on the way to a Move. reason says why the two are not comparable.

    control is the control's cell in either run; floor by how much the same server differed from itself.
    """

    before: Cell
    after: Cell
    metric: str
    reason: str = ""
    control: tuple[Cell, Cell] | None = None
    floor: float = 1.0

    @property
    def is_control(self) -> bool:
        """Whether it is the control itself."""
        return self.control is not None and self.control[1] is self.after

    @property
    def is_paired(self) -> bool:
        """Whether its ratio is made round by round."""
        return take_turns(self.before, self.after)

    def values(self) -> tuple[list[float], list[float]]:
        """(new, reference) by round, only of the rounds of both where rounds are paired."""
        now, old = metrics.by_round(self.after, self.metric), metrics.by_round(self.before, self.metric)
        if not self.is_paired:
            return list(now.values()), list(old.values())
        rounds = [number for number in now if number in old]
        return [now[number] for number in rounds], [old[number] for number in rounds]

    def without_ratio(self) -> str:
        """Why there is no ratio; empty if there is one."""
        now, old = self.values()
        if not (now and old):
            return f"not both have {self.metric}"
        return "" if min(*now, *old) > 0 else f"a {self.metric} of 0 has no ratio"

    def ratio(self) -> Estimate:
        """New over reference, where `without_ratio` is empty."""
        return estimates.ratio(*self.values()) if self.is_paired else two_samples.ratio(*self.values())

    def p_value(self) -> float:
        """By the signed-rank or the rank-sum test."""
        now, old = self.values()
        if self.is_paired:
            return estimates.p_value(estimates.ratios_by_round(now, old))
        return two_samples.p_value(now, old)

    def over_control(self) -> tuple[list[float], list[float]]:
        """(new, reference) by round, each divided by the control's of the same round; empty without a control."""
        if self.control is None or self.is_control:
            return [], []
        return _over(self.after, self.control[1], self.metric), _over(self.before, self.control[0], self.metric)

    def against_control(self) -> Estimate | None:
        """What is left of the ratio when the control's own is taken out."""
        now, old = self.over_control()
        return two_samples.ratio(now, old) if now and old else None


def _over(cell: Cell, control: Cell, metric: str) -> list[float]:
    ours, theirs = metrics.by_round(cell, metric), metrics.by_round(control, metric)
    return [ours[number] / theirs[number] for number in ours if theirs.get(number)]


def take_turns(before: Cell, after: Cell) -> bool:
    """Whether the rounds of two runs pair: each round of both began before either's next, and there are two or more."""
    old, now = ({trial.round: trial.started_at for trial in measured(cell)} for cell in (before, after))
    rounds = sorted(set(old) & set(now))
    if len(rounds) < 2 or not all(old[number] and now[number] for number in rounds):
        return False
    return all(max(old[one], now[one]) <= min(old[then], now[then]) for one, then in pairwise(rounds))


def judged(pairs: Sequence[Pair]) -> list[Move]:
    """What may be said of each pair; those that can be compared are one family of Holm's, also against the control."""
    rated = [pair for pair in pairs if not (pair.reason or pair.without_ratio())]
    p_values = dict(zip(map(id, rated), estimates.holm([pair.p_value() for pair in rated]), strict=True))
    controlled = [pair for pair in rated if all(pair.over_control())]
    of_control = estimates.holm([two_samples.p_value(*pair.over_control()) for pair in controlled])
    control_p = dict(zip(map(id, controlled), of_control, strict=True))
    return [_move(pair, p_values.get(id(pair)), control_p.get(id(pair)), len(rated)) for pair in pairs]


def _move(pair: Pair, adjusted_p: float | None, control_p: float | None, family: int) -> Move:
    lack = pair.without_ratio()
    relative, verdict, reason = None, "not comparable", pair.reason or lack
    if adjusted_p is not None:
        relative = pair.against_control()
        is_own = relative is None or control_p is None or _is_own(pair.ratio(), relative, control_p)
        verdict, reason = _verdict(pair, adjusted_p, family, is_own)
    now, old = pair.values()
    return Move(
        scenario=pair.after.scenario,
        label=pair.after.label,
        interpreter=pair.after.interpreter,
        metric=pair.metric,
        verdict=verdict,
        reason=reason,
        reference=metrics.value(pair.before, pair.metric),
        new=metrics.value(pair.after, pair.metric),
        ratio=None if lack else pair.ratio(),
        against_control=relative,
        is_control=pair.is_control,
        is_paired=pair.is_paired,
        rounds=(len(old), len(now)),
    )


def _verdict(pair: Pair, adjusted_p: float, family: int, is_own: bool) -> tuple[str, str]:
    """(verdict, reason). A difference that the control shows as well is not the cell's own."""
    (now, old), is_better = pair.values(), METRICS[pair.metric].is_more_better
    if pair.is_paired:
        verdict = estimates.verdict_of_ratio(
            estimates.ratios_by_round(now, old),
            adjusted_p,
            family=family,
            higher_is_better=is_better,
            floor=pair.floor,
        )
    else:
        verdict = two_samples.verdict(now, old, adjusted_p, family=family, higher_is_better=is_better, floor=pair.floor)
    if verdict in ("faster", "slower") and pair.control and not is_own:
        return "no difference found", f"the control, {pair.control[1].label}, moved too, and this no further"
    return verdict, ""


def _is_own(plain: Estimate, relative: Estimate, control_p: float) -> bool:
    """Whether it differs against the control too, and on the same side."""
    low, high = relative.interval or (relative.median, relative.median)
    return control_p <= 1 - estimates.CONFIDENCE and (low > 1 if plain.median > 1 else high < 1)
