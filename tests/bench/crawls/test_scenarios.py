"""The named crawls, and what is changed in them."""

import pytest

from concur.bench.crawls import scenarios
from concur.errors import UsageError


def test_what_latency_allows_is_in_flight_over_the_mean_latency_of_this_web():
    one = scenarios.scenario("far")
    web = one.web(3)
    mean_s = sum(web.latency_s(number) for number in range(web.pages)) / web.pages
    assert one.ideal_per_s(3) == pytest.approx(20 / mean_s)
    assert scenarios.scenario("near").ideal_per_s(3) is None


def test_one_number_in_flight_keeps_the_name_and_several_are_variants():
    (one,) = scenarios.chosen(["near"], in_flight=[50])
    assert (one.name, one.variant_of, one.in_flight) == ("near", "", 50)
    several = scenarios.chosen(["far"], in_flight=[50, 1, 50])
    assert [(each.name, each.variant_of) for each in several] == [
        ("far, 1 in flight", "far"),
        ("far, 50 in flight", "far"),
    ]


def test_a_sweeps_pages_grow_with_what_is_in_flight_within_bounds():
    pages = {one.in_flight: one.pages for one in scenarios.chosen(["far"], in_flight=[1, 5, 10, 500])}
    assert pages == {1: 100, 5: 500, 10: 1000, 500: scenarios.MOST_IN_SWEEP}


def test_without_latency_a_sweep_crawls_the_same_pages():
    assert {one.pages for one in scenarios.chosen(["near"], in_flight=[1, 500])} == {2000}


def test_pages_that_are_given_hold_for_all_and_quick_takes_fewer():
    assert {one.pages for one in scenarios.chosen(["near", "far"], pages=30)} == {30}
    assert [one.pages for one in scenarios.chosen(["near", "parse"], is_quick=True)] == [500, 100]


def test_who_asks_for_one_at_a_time_crawls_fewer_pages_where_each_waits():
    far, near = scenarios.scenario("far"), scenarios.scenario("near")
    assert (scenarios.fewer("sequential", far).in_flight, scenarios.fewer("sequential", far).pages) == (1, 100)
    assert (scenarios.fewer("sequential", near).in_flight, scenarios.fewer("sequential", near).pages) == (1, 2000)
    assert scenarios.fewer("threads", far) is far


def test_fewer_in_flight_never_means_more_pages():
    (small,) = scenarios.chosen(["far"], pages=30)
    assert scenarios.fewer("sequential", small).pages == 30


def test_in_a_sweep_a_bounded_model_has_a_reason_instead_of_a_smaller_number():
    one, many = scenarios.chosen(["far"], in_flight=[1, 200])
    assert scenarios.why_not("sequential", one) == ""
    assert "one page at a time" in scenarios.why_not("sequential", many)
    assert "at most 100 in flight" in scenarios.why_not("processes", many)
    assert scenarios.why_not("threads", many) == ""


@pytest.mark.parametrize(
    "changes", [{"pages": 9}, {"pages": 200_000}, {"in_flight": [0]}, {"in_flight": [2000]}, {"names": ["nea"]}]
)
def test_what_makes_no_sense_is_refused(changes):
    names = changes.pop("names", ["near"])
    with pytest.raises(UsageError):
        scenarios.chosen(names, **changes)


def test_every_scenario_is_a_web_that_can_be():
    assert all(one.web(1).pages == one.pages for one in scenarios.SCENARIOS)


def test_no_scenario_at_all_is_refused():
    with pytest.raises(UsageError, match="no scenario is named"):
        scenarios.chosen([])
