import numpy as np
import pytest

from concur.bench.compare.moves import Pair, judged, take_turns


def rates(seed, factor=1.0, rounds=12):
    return [float(each) for each in factor * 1e5 * np.exp(np.random.default_rng(seed).normal(0, 0.05, rounds))]


def pair(runs, factor=1.0, *, model="callbacks", control=None, begins_s=1000, seed=1, **changed):
    before, after = runs.cell(model, rates(seed)), runs.cell(model, rates(seed + 1, factor), begins_s=begins_s)
    return Pair(before=before, after=after, metric="rate", control=control, **changed)


@pytest.mark.parametrize(("factor", "verdict"), [(1.5, "faster"), (0.6, "slower"), (1.0, "no difference found")])
def test_a_move_is_judged(runs, factor, verdict):
    (move,) = judged([pair(runs, factor)])
    assert move.verdict == verdict
    assert move.ratio is not None
    assert move.ratio.median == pytest.approx(factor, rel=0.1)
    assert move.rounds == (12, 12)


def test_rounds_of_runs_that_followed_one_another_are_not_paired(runs):
    (move,) = judged([pair(runs)])
    assert not move.is_paired


def test_rounds_of_runs_that_took_turns_are_paired(runs):
    drifting = [1e5 * 2 ** (n / 4) for n in range(12)]  # a machine that changes far more than the server
    before = runs.cell("callbacks", drifting)
    after = runs.cell("callbacks", [1.1 * rate * (1 + n % 3 / 100) for n, rate in enumerate(drifting)], begins_s=5)
    (move,) = judged([Pair(before=before, after=after, metric="rate")])
    assert (move.is_paired, move.verdict) == (True, "faster")


def test_taking_turns_needs_each_round_of_both_before_either_of_the_next(runs):
    one = runs.cell("threads", rates(1))
    assert take_turns(one, runs.cell("threads", rates(1), begins_s=9))
    assert not take_turns(one, runs.cell("threads", rates(1), begins_s=11))
    assert not take_turns(runs.cell("threads", rates(1, rounds=1)), runs.cell("threads", rates(1, rounds=1)))


def test_trials_without_a_time_are_not_paired(runs):
    one = runs.cell("threads", rates(1))
    one.trials[3].started_at = ""
    assert not take_turns(one, one)


def test_a_difference_that_the_control_shows_too_is_not_the_cells_own(runs):
    control = pair(runs, 0.7, model="threads", seed=20)
    control.control = (control.before, control.after)
    follows, stays = (pair(runs, factor, control=control.control, seed=seed) for factor, seed in ((0.7, 30), (0.4, 40)))
    of_control, moved, slower = judged([control, follows, stays])
    assert (of_control.verdict, of_control.is_control, of_control.against_control) == ("slower", True, None)
    assert (moved.verdict, moved.reason) == (
        "no difference found",
        "the control, threads, moved too, and this no further",
    )
    assert moved.against_control is not None
    assert moved.against_control.median == pytest.approx(1, rel=0.1)
    assert (slower.verdict, slower.reason) == ("slower", "")


def test_many_cells_that_move_with_the_control_are_a_family_against_it(runs):
    for first in range(0, 400, 100):
        control = pair(runs, 0.8, model="threads", seed=first)
        control.control = (control.before, control.after)
        others = [pair(runs, 0.8, control=control.control, seed=first + 2 * each) for each in range(1, 21)]
        _, *moves = judged([control, *others])
        assert {move.verdict for move in moves} == {"no difference found"}


def test_what_cannot_be_compared_says_why_and_keeps_its_figures(runs):
    (move,) = judged([pair(runs, 1.5, reason="another machine")])
    assert (move.verdict, move.reason) == ("not comparable", "another machine")
    assert move.ratio is not None
    assert move.reference is not None


def test_a_metric_that_was_not_measured_has_no_ratio(runs):
    one = pair(runs)
    one.metric = "memory"
    (move,) = judged([one])
    assert (move.verdict, move.reason, move.ratio) == ("not comparable", "not both have memory", None)


def test_one_round_each_describes(runs):
    (move,) = judged([Pair(before=runs.cell("threads", [1e5]), after=runs.cell("threads", [2e5]), metric="rate")])
    assert move.verdict == "described"
    assert move.ratio
    assert move.ratio.median == pytest.approx(2)
    assert move.ratio.interval is None


def test_the_family_makes_a_verdict_harder(runs):
    lone = pair(runs, 1.08, seed=8)
    alone = judged([lone])[0].verdict
    among = judged([lone, *(pair(runs, seed=seed) for seed in range(100, 140, 2))])[0].verdict
    assert alone == "faster"
    assert among != "faster"
