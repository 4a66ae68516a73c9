import pytest

from concur.bench.compare.conditions import check, has_failed, judge, parse
from concur.bench.results import Estimate
from concur.errors import UsageError

FIVE = [100_000.0, 101_000.0, 102_000.0, 103_000.0, 104_000.0]


def verdicts(run, *texts, ratio=None):
    return [one.verdict for one in judge([parse(text) for text in texts], run, ratio)]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("rate<99k", "does not hold"),
        ("rate<105k", "holds"),
        ("rate<102k", "cannot be told"),
        ("rate>99k", "holds"),
        ("rate>105k", "does not hold"),
        ("rate>=102k", "cannot be told"),
        ("rate==102k", "cannot be told"),
        ("rate==1k", "does not hold"),
    ],
)
def test_a_condition_holds_where_the_whole_interval_satisfies_it(runs, text, verdict):
    assert verdicts(runs.run("a", [runs.cell("threads", FIVE)]), text) == [verdict]


@pytest.mark.parametrize(("text", "bound"), [("rate<105k", 104_000), ("rate>99k", 100_000), ("rate<99k", 100_000)])
def test_the_bound_is_the_end_that_decides(runs, text, bound):
    (judgement,) = judge([parse(text)], runs.run("a", [runs.cell("threads", FIVE)]))
    assert judgement.bound == pytest.approx(bound)


def test_of_one_round_the_figure_itself_decides(runs):
    run = runs.run("a", [runs.cell("threads", [100_000.0])])
    assert verdicts(run, "rate<100001", "rate<100k") == ["holds", "does not hold"]


def test_the_reference_is_the_runs_own_and_is_not_judged_itself(runs):
    run = runs.run("a", [runs.cell("threads", FIVE), runs.cell("callbacks", [2 * rate for rate in FIVE])])
    (judgement,) = judge([parse("rate>1.9*ref")], run)
    assert (judgement.label, judgement.verdict) == ("callbacks", "holds")
    assert judgement.value
    assert judgement.value.interval == pytest.approx((2, 2))


def test_a_ratio_of_a_metric_that_no_table_compares_is_paired_by_round(runs):
    slow = runs.cell("callbacks", FIVE, p99_ns=9e6)
    assert verdicts(runs.run("a", [runs.cell("threads", FIVE), slow]), "p99>1.7*ref") == ["holds"]


def test_another_ratio_may_be_given(runs):
    run = runs.run("a", [runs.cell("threads", FIVE)])
    assert verdicts(run, "rate<0.95*ref", ratio=lambda cell, metric: Estimate(0.9, (0.88, 0.92))) == ["holds"]
    assert verdicts(run, "rate<0.95*ref", ratio=lambda cell, metric: "it is new") == ["no figure"]


def test_a_selector_narrows(runs):
    run = runs.run("a", [runs.cell("threads", FIVE), runs.cell("callbacks", FIVE)])
    (judgement,) = judge([parse("small/callbacks@3.11: rate<200k")], run)
    assert judgement.label == "callbacks"


def test_a_condition_about_no_cell_is_an_error_and_names_the_cells(runs):
    run = runs.run("a", [runs.cell("threads", FIVE)])
    with pytest.raises(UsageError, match=r"about no cell of this run\. There are: small/threads"):
        judge([parse("callback: rate<1k")], run)


def test_what_will_be_measured_can_be_checked_before():
    check([parse("small: rate<1k")], [("small", "threads", "threads", "3.11")])
    with pytest.raises(UsageError, match="about no cell"):
        check([parse("large: rate<1k")], [("small", "threads", "threads", "3.11")])


def test_errors_are_counted_without_an_interval(runs):
    run = runs.run("a", [runs.cell("threads", FIVE, wrong=1)])
    (judgement,) = judge([parse("errors>4")], run)
    assert (judgement.verdict, judgement.value) == ("holds", Estimate(5))


def test_what_was_not_measured_does_not_pass(runs):
    absent = runs.cell("trio_tasks", [], verdict="absent", reason="needs trio")
    lone = judge([parse("rate<1k")], runs.run("a", [absent]))
    assert [one.reason for one in lone] == ["it is absent: needs trio"]
    assert has_failed(lone)
    assert not has_failed(judge([parse("rate<1k")], runs.run("a", [absent, runs.cell("threads", FIVE)])))


def test_a_server_that_failed_passes_nothing(runs):
    broken = runs.cell("threads", FIVE)
    broken.verdict, broken.reason = "failed", "it died"
    judgements = judge([parse("rate<1k")], runs.run("a", [broken, runs.cell("callbacks", FIVE)]))
    assert [one.verdict for one in judgements] == ["failed", "does not hold"]
    assert has_failed(judgements)


def test_without_conditions_nothing_fails(runs):
    assert not has_failed(judge([], runs.run("a", [runs.cell("threads", FIVE)])))


def test_what_cannot_be_told_has_not_failed(runs):
    judgements = judge([parse("rate<102k")], runs.run("a", [runs.cell("threads", FIVE)]))
    assert not has_failed(judgements)
