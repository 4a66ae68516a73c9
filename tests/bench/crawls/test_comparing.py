"""Which crawls are compared with which."""

from concur.bench.crawls import comparing


def test_ratios_are_paired_by_round(make):
    cells = [make.cell("threads", [1000, 2000]), make.cell("callbacks", [1500, 3000])]
    (one,) = comparing.compare(cells, "threads")
    assert (one.label, one.reference, one.metric) == ("callbacks", "threads", "rate")
    assert one.ratio.median == 1.5


def test_who_had_fewer_in_flight_is_not_comparable(make):
    cells = [make.cell("threads"), make.cell("sequential", in_flight=1, is_fewer=True)]
    (one,) = comparing.compare(cells, "threads")
    assert one.verdict == "not comparable"
    assert "1 in flight" in one.reason


def test_a_wrong_crawl_is_compared_with_nothing(make):
    cells = [make.cell("threads"), make.cell("callbacks", of_trials={"verdict": "wrong", "reason": "no"})]
    assert comparing.compare(cells, "threads") == []


def test_who_waited_for_the_web_is_not_comparable(make):
    cells = [make.cell("threads"), make.cell("callbacks", of_trials={"verdict": "web-bound"})]
    assert [one.verdict for one in comparing.compare(cells, "threads")] == ["not comparable"]


def test_each_scenario_is_a_family_of_its_own(make):
    rates = {"threads": [1000] * 12, "callbacks": [1500] * 12, "generators": [990, 1010] * 6}
    cells = [make.cell(model, rate, scenario) for scenario in ("near", "far") for model, rate in rates.items()]
    found = comparing.compare(cells, "threads")
    assert [(one.scenario, one.label) for one in found] == [
        ("near", "callbacks"), ("near", "generators"), ("far", "callbacks"), ("far", "generators")]  # fmt: skip
    assert {one.label: one.verdict for one in found} == {"callbacks": "faster", "generators": "no difference found"}


def test_the_reference_may_be_on_one_interpreter(make):
    cells = [make.cell("threads"), make.cell("threads", [1500] * 3, interpreter="3.14")]
    (one,) = comparing.compare(cells, "threads@3.14")
    assert (one.interpreter, one.reference_interpreter) == ("3.11", "3.14")
