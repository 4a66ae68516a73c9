import pytest

from concur.bench.compare.conditions import judge, parse
from concur.bench.results import Estimate
from concur.report.judged import MARKS, STYLES, figure_of, lines

FIVE = [100_000.0, 101_000.0, 102_000.0, 103_000.0, 104_000.0]


def told(run, *texts):
    return lines(judge([parse(text) for text in texts], run))


def test_where_a_condition_holds_is_said_with_the_figure_and_its_interval(runs):
    run = runs.run("a", [runs.cell("threads", FIVE), runs.cell("callbacks", [2 * rate for rate in FIVE])])
    assert told(run, "rate<150k") == [
        ("holds", "rate<150k holds for threads on 3.11 in small: 102,000 req/s (100,000 req/s–104,000 req/s)"),
        ("does not hold", "rate<150k does not hold in 1 further cell"),
    ]


def test_cells_that_are_well_are_counted(runs):
    run = runs.run("a", [runs.cell("threads", FIVE)])
    assert told(run, "errors>0") == [("does not hold", "errors>0 holds nowhere: 1 cell judged")]


def test_an_interval_that_reaches_over_the_limit_tells_nothing(runs):
    ((verdict, sentence),) = told(runs.run("a", [runs.cell("threads", FIVE)]), "rate<102k")
    assert verdict == "cannot be told"
    assert sentence.endswith("reaches over it; more rounds narrow it")


def test_one_round_is_said_to_have_no_interval(runs):
    ((_, sentence),) = told(runs.run("a", [runs.cell("threads", FIVE[:1])]), "rate<150k")
    assert sentence.endswith("100,000 req/s, one figure without an interval")


def test_what_was_judged_nowhere_has_not_passed(runs):
    absent = runs.cell("trio_tasks", [], verdict="absent", reason="needs trio")
    assert told(runs.run("a", [absent]), "rate<1k") == [
        ("no figure", "rate<1k has no figure for trio_tasks on 3.11 in small: it is absent: needs trio"),
        ("no figure", "rate<1k could be judged nowhere, so it has not passed"),
    ]


def test_many_cells_are_not_all_listed(runs):
    run = runs.run("a", [runs.cell(f"server{n}", FIVE) for n in range(20)])
    said = told(run, "rate<150k")
    assert len(said) == 13
    assert said[-1][1] == "rate<150k: likewise in 8 further cells"


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [("p99", 5.4e6, "5.40 ms"), ("busy", 0.97, "97 %"), ("memory", 2**24, "16.0 MiB"), ("errors", 3.0, "3"),
     ("switches", 2.0, "2.0")],
)  # fmt: skip
def test_a_figure_stands_in_its_unit(metric, value, text):
    assert figure_of(metric, Estimate(value)) == text


def test_a_ratio_has_its_interval():
    assert figure_of("rate", Estimate(0.93, (0.9, 0.96)), is_ratio=True) == "0.93× (0.90×–0.96×)"


def test_every_verdict_has_a_mark_and_a_style():
    assert set(MARKS) == set(STYLES)
