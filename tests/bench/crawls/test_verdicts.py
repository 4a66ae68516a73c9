"""What may be said of a crawl and of a cell of crawls."""

import msgspec
import pytest

from concur.bench.crawls import verdicts
from concur.bench.crawls.results import Look


def test_a_crawl_that_differs_from_the_answer_is_wrong_with_the_complaints_and_its_own_words(make):
    complaints = [f"/p/{number} was never asked for" for number in range(5)]
    one = make.trial(1, 1000, complaints=complaints, stderr="Traceback\nValueError: no")
    verdict, reason = verdicts.of_trial(one)
    assert verdict == "wrong"
    assert reason.startswith("/p/0 was never asked for; ")
    assert reason.endswith("and 2 more; it said: ValueError: no")


@pytest.mark.parametrize(
    ("web_busy", "busy", "verdict"), [(0.95, 0.5, "web-bound"), (0.95, 0.97, "ok"), (0.5, 0.5, "ok")]
)
def test_the_web_is_the_limit_only_where_it_was_busy_and_the_crawler_was_not(make, web_busy, busy, verdict):
    assert verdicts.of_trial(make.trial(1, 1000, web_busy=web_busy, busy=busy))[0] == verdict


def test_a_crawl_that_was_stopped_or_fetched_nothing_has_failed(make):
    assert verdicts.of_trial(make.trial(1, 1000, end={"is_stopped": True}))[0] == "failed"
    assert verdicts.of_trial(make.trial(1, 0))[0] == "failed"


def test_one_wrong_round_makes_the_cell_wrong_and_the_others_keep_their_figures(make):
    one = make.cell(rates=[1000, 1000, 1000])
    one.trials[1] = msgspec.structs.replace(one.trials[1], verdict="wrong", reason="/p/1 was never asked for")
    verdicts.summarise(one)
    assert (one.verdict, one.reason) == ("wrong", "in 1 of 3 rounds: /p/1 was never asked for")
    assert len(verdicts.measured(one)) == 2


def test_rounds_that_lie_far_apart_are_unstable(make):
    assert make.cell(rates=[1000, 1400]).verdict == "ok"
    assert make.cell(rates=[1000, 1600]).verdict == "unstable"


def test_a_cell_has_the_medians_of_its_rounds(make):
    one = make.cell(rates=[900, 1000, 1200])
    assert one.rate_per_s.median == 1000
    assert one.cpu_ns_per_page.total.median == pytest.approx(0.99e9 / 1000)
    assert one.counters["voluntary_switches"] == 1
    assert one.most_in_flight == 20


@pytest.mark.parametrize(
    ("rate", "ideal", "of_trials", "bound"),
    [
        (1000, None, {"busy": 0.96}, "CPU"),
        (390, 400, {"busy": 0.4}, "latency"),
        (300, 400, {"busy": 0.4}, "waits"),
        (1000, None, {"busy": 0.4}, "waits"),
        (1000, None, {"busy": 0.4, "verdict": "web-bound"}, "web"),
    ],
)
def test_what_bounds_a_rate(make, rate, ideal, of_trials, bound):
    assert make.cell(rates=[rate], ideal_per_s=ideal, of_trials=of_trials).bound_by == bound


def test_the_second_half_is_held_against_the_first(make):
    """Half of 1,000 requests had come after three of four quarters of a second."""
    looks = [Look(250_000_000, 100), Look(500_000_000, 300), Look(750_000_000, 500), Look(900_000_000, 800)]
    one = make.trial(1, 1000, looks=looks, requests=1000)
    assert verdicts.second_half(one) == pytest.approx(3.0)


def test_between_two_looks_requests_came_evenly(make):
    looks = [Look(200_000_000, 200), Look(400_000_000, 400), Look(600_000_000, 600), Look(800_000_000, 800)]
    assert verdicts.second_half(make.trial(1, 1000, looks=looks, requests=1000)) == pytest.approx(1.0)


def test_few_looks_say_nothing_of_halves(make):
    assert verdicts.second_half(make.trial(1, 1000, looks=[Look(1, 1000)])) is None


def test_an_absent_cell_keeps_its_reason(make):
    one = make.cell(rates=[], reason="needs 3.14")
    assert (one.verdict, one.reason, one.rate_per_s) == ("absent", "needs 3.14", None)
