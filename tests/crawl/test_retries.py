"""Whether an answer is the last word."""

import math

import pytest

from concur.crawl.frontier import Failed, Fetched
from concur.crawl.retries import Again, Ended, judge

LOST = Failed("connection reset", is_final=False)


def test_the_wait_doubles_with_each_attempt(pretend):
    plan = pretend.plan(retries=4, backoff_s=0.5)
    assert [judge(LOST, attempt, plan) for attempt in range(1, 6)] == [
        *map(Again, (0.5, 1.0, 2.0, 4.0)),
        Ended("connection reset"),
    ]


def test_the_wait_is_bounded(pretend):
    plan = pretend.plan(retries=1000, backoff_s=0.5, retry_after_most_s=60)
    assert judge(LOST, 1000, plan) == Again(60)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_to(pretend, status):
    assert judge(Fetched(status, retry_after_s=3.0), 1, pretend.plan(backoff_s=9)) == Again(3.0)


def test_retry_after_of_other_answers_is_not_heard(pretend):
    assert judge(Fetched(500, retry_after_s=3.0), 1, pretend.plan(backoff_s=9)) == Again(9)
    assert judge(Fetched(200, retry_after_s=3.0), 1, pretend.plan()) == Ended("")


def test_a_retry_after_in_the_past_is_now(pretend):
    assert judge(Fetched(429, retry_after_s=-3.0), 1, pretend.plan(backoff_s=9)) == Again(0.0)


@pytest.mark.parametrize("asked_s", [60.1, math.inf, math.nan])
def test_nobody_asks_sooner_than_allowed(pretend, asked_s):
    verdict = judge(Fetched(429, retry_after_s=asked_s), 1, pretend.plan(retry_after_most_s=60))
    assert isinstance(verdict, Ended)
    assert verdict.error.startswith("status 429: wants ")


def test_the_last_attempt_ends_whatever_it_asks(pretend):
    assert judge(Fetched(429, retry_after_s=3.0), 3, pretend.plan()) == Ended("status 429")
