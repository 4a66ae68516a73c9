"""A plan makes sense, or says why not."""

import pytest

from concur.crawl.frontier import Plan
from concur.errors import UsageError


def test_the_scope_is_by_default_the_seeds_origins(pretend):
    assert pretend.plan("/", "/a", "b.test/").origins == (("http", "a.test", 80), ("http", "b.test", 80))


def test_a_plan_without_seeds_is_refused():
    with pytest.raises(UsageError, match="a page to start from"):
        Plan(())


def test_a_seed_out_of_scope_is_refused(pretend):
    with pytest.raises(UsageError, match=r"http://a\.test/ is out of the crawl's scope"):
        pretend.plan(origins=(("https", "a.test", 443),))


@pytest.mark.parametrize(
    "option",
    [
        {"max_depth": -1},
        {"max_pages": 0},
        {"connections": 0},
        {"connections_per_origin": 0},
        {"delay_s": -0.1},
        {"delay_s": float("nan")},
        {"backoff_s": float("inf")},
        {"retry_after_most_s": -1},
        {"retries": -1},
        {"retries": 10_000},
    ],
)
def test_numbers_that_make_no_sense_are_refused(pretend, option):
    with pytest.raises(UsageError, match=f"{next(iter(option))} cannot be"):
        pretend.plan(**option)


def test_limits_do_not_make_another_crawl_but_depth_and_scope_do(pretend):
    plan = pretend.plan()
    assert pretend.plan(max_pages=9, connections=3, delay_s=1, retries=0).identity == plan.identity
    for others in ({"max_depth": 3}, {"agent": "other"}, {"obey_robots": True}):
        assert pretend.plan(**others).identity != plan.identity
