"""The delay of one origin: the plan's or robots.txt's, whichever is longer."""

import pytest

from concur.crawl.frontier import Frontier
from concur.crawl.politeness import CRAWL_DELAY_MOST_S


def beginnings(pretend, crawl_delay, **options):
    """When each request began, in seconds, and what was said of it."""
    rules = pretend.robots(f"User-agent: *\nCrawl-delay: {crawl_delay}\n")
    web = pretend.Web({"/robots.txt": rules, "/": pretend.page("/1")})
    frontier = Frontier(pretend.plan(obey_robots=True, **options))
    pretend.crawl(frontier, web)
    return [when / pretend.SECOND_NS for _, when in web.asked], frontier.notes


def test_the_crawl_delay_counts_from_the_request_for_robots_on(pretend):
    assert beginnings(pretend, 2.5) == ([0, 2.5, 5], [])


def test_the_longer_of_both_delays_is_kept(pretend):
    assert beginnings(pretend, 2, delay_s=3) == ([0, 3, 6], [])
    assert beginnings(pretend, 4, delay_s=3) == ([0, 4, 8], [])
    assert beginnings(pretend, 1 / 3)[1] == []


def test_a_crawl_delay_without_end_is_cut_and_said(pretend):
    times, notes = beginnings(pretend, 86400)
    assert times == [0, CRAWL_DELAY_MOST_S, 2 * CRAWL_DELAY_MOST_S]
    assert notes == ["http://a.test/ asks for 86,400 s between requests (Crawl-delay); this crawl waits 30 s."]


def test_a_plan_may_wait_longer_than_the_cut(pretend):
    assert beginnings(pretend, 50, delay_s=60) == ([0, 60, 120], [])


@pytest.mark.parametrize("nonsense", ["-1", "0", "nan", "soon"])
def test_a_crawl_delay_that_makes_no_sense_is_none(pretend, nonsense):
    assert beginnings(pretend, nonsense) == ([0, 0, 0], [])
