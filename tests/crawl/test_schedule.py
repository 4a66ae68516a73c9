"""Which URL is next, and when it may begin."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concur.crawl.frontier import Frontier


def both(pretend):
    """The origins of two hosts."""
    return pretend.url("/").origin, pretend.url("b.test/").origin


def seeded(pretend, links, **options):
    """A frontier whose seed has been fetched."""
    frontier = Frontier(pretend.plan(**options))
    frontier.settle(pretend.take(frontier), pretend.page(*links), 0)
    return frontier


def test_robots_come_first_then_the_lowest_depth_then_the_first_found(pretend):
    frontier = Frontier(pretend.plan(origins=both(pretend), obey_robots=True, connections=9, connections_per_origin=9))
    order = []
    while job := frontier.take(0):
        order.append(str(job.url))
        if job.is_robots:
            frontier.settle(job, pretend.robots(), 0)
        elif job.url.path == "/":
            frontier.settle(job, pretend.page("/b", "b.test/x", "/a"), 0)
        elif job.url.path == "/b":
            frontier.settle(job, pretend.page("/deep"), 0)
    assert [text.removeprefix("http://") for text in order] == [
        *("a.test/robots.txt", "a.test/", "b.test/robots.txt"),
        *("a.test/b", "b.test/x", "a.test/a", "a.test/deep"),
    ]


def test_no_more_are_in_flight_than_the_plan_has_connections(pretend):
    frontier = seeded(pretend, ["/1", "/2", "/3"], connections=2)
    first, second = pretend.take(frontier), pretend.take(frontier)
    assert (frontier.take(0), frontier.next_due_ns(0), frontier.counts.in_flight) == (None, None, 2)
    frontier.settle(first, pretend.page(), 0)
    assert frontier.next_due_ns(5) == 5
    assert pretend.take(frontier, 5).url.path == "/3"
    assert second.url.path == "/2"


def test_no_more_are_in_flight_to_one_origin_than_allowed(pretend):
    links = ["/1", "/2", "b.test/1", "b.test/2", "b.test/3"]
    frontier = seeded(pretend, links, origins=both(pretend), connections_per_origin=2)
    taken = [frontier.take(0) for _ in range(5)]
    assert [job and str(job.url) for job in taken] == [
        *("http://a.test/1", "http://a.test/2", "http://b.test/1", "http://b.test/2"),
        None,
    ]
    assert frontier.next_due_ns(0) is None


def test_a_delay_lies_between_the_end_of_a_request_and_the_next(pretend):
    web = pretend.Web({"/": pretend.page("/1", "/2", "/3")})
    pretend.crawl(Frontier(pretend.plan(delay_s=2.5)), web, lasts_ns=pretend.SECOND_NS)
    assert [when for _, when in web.asked] == [0, 3_500_000_000, 7_000_000_000, 10_500_000_000]


def test_a_retry_keeps_the_delay_too(pretend):
    web = pretend.Web({"/": pretend.page(status=500)})
    pretend.crawl(Frontier(pretend.plan(delay_s=1)), web)
    assert [when for _, when in web.asked] == [0, pretend.SECOND_NS, 2 * pretend.SECOND_NS]


def test_two_origins_each_have_a_delay_of_their_own(pretend):
    links = ["/1", "/2", "b.test/1", "b.test/2"]
    rules = "User-agent: *\nCrawl-delay: 3\n"
    web = pretend.Web({"/": pretend.page(*links), "b.test/robots.txt": pretend.robots(rules)})
    pretend.crawl(Frontier(pretend.plan(origins=both(pretend), delay_s=1, obey_robots=True)), web)
    seconds = {name: when / pretend.SECOND_NS for name, when in web.asked}
    assert seconds == {
        **{"/robots.txt": 0, "/": 1, "/1": 2, "/2": 3},
        **{"b.test/robots.txt": 1, "b.test/1": 4, "b.test/2": 7},
    }


def test_a_retry_waits_for_retry_after(pretend):
    late = pretend.Fetched(429, retry_after_s=7.0)
    web = pretend.Web({"/": pretend.page("/later", "/1"), "/later": [late, pretend.page()]})
    pretend.crawl(Frontier(pretend.plan()), web)
    assert web.asked == [("/", 0), ("/later", 0), ("/1", 0), ("/later", 7 * pretend.SECOND_NS)]


def test_a_retry_after_in_the_far_future_holds_nothing_up(pretend):
    never = pretend.Fetched(503, retry_after_s=1e12)
    web = pretend.Web({"/": pretend.page("/never"), "/never": never})
    records = pretend.crawl(Frontier(pretend.plan(retry_after_most_s=60)), web)
    assert web.asked == [("/", 0), ("/never", 0)]
    assert records[1].error == "status 503: wants 1,000,000,000,000 s, 60 s are waited at most"


def test_what_is_due_is_said_to_the_nanosecond(pretend):
    frontier = Frontier(pretend.plan())
    frontier.settle(pretend.take(frontier), pretend.Fetched(429, retry_after_s=1.0), 10)
    assert frontier.next_due_ns(20) == pretend.SECOND_NS + 10
    assert frontier.take(pretend.SECOND_NS + 9) is None
    assert frontier.take(pretend.SECOND_NS + 10)


@given(st.integers(1, 9), st.integers(1, 9), st.lists(st.integers(0, 9), max_size=60), st.data())
@settings(max_examples=100, deadline=None)
def test_the_page_limit_is_met_and_never_passed(pretend, limit, connections, order, data):
    answers = {f"/{n}": pretend.page(*(f"/{n * 3 + k}" for k in range(1, 4))) for n in range(1, 13)}
    answers["/"] = pretend.page("/1", "/2", "/3")
    for path in data.draw(st.sets(st.sampled_from(sorted(answers)[1:]), max_size=5)):
        answers[path] = data.draw(
            st.sampled_from([pretend.redirect("/7"), [pretend.LOST, answers[path]], pretend.LOST])
        )
    picks = iter(order)
    web = pretend.Web(answers)
    frontier = Frontier(pretend.plan(max_pages=limit, connections=connections))
    records = pretend.crawl(frontier, web, lambda flying: next(picks, 0) % flying)
    everything = pretend.crawl(Frontier(pretend.plan()), pretend.Web(answers))
    counted = [record for record in records if record.status != 302]
    assert len(counted) == min(limit, len([record for record in everything if record.status != 302]))
    assert frontier.counts.counted == len(counted)
    assert set(web.times) == pretend.paths(records)  # nothing was asked for in vain


def test_robots_and_redirects_do_not_count_for_the_page_limit(pretend):
    frontier = Frontier(pretend.plan(max_pages=2, obey_robots=True))
    web = pretend.Web({"/": pretend.redirect("/1"), "/1": pretend.page("/2", "/3")})
    pretend.crawl(frontier, web)
    assert web.order == ["/robots.txt", "/", "/1", "/2"]


def test_pages_in_flight_take_their_places_under_the_limit(pretend):
    frontier = seeded(pretend, ["/1", "/2", "/3"], max_pages=3)
    first, second = pretend.take(frontier), pretend.take(frontier)
    assert (frontier.take(0), frontier.next_due_ns(0)) == (None, None)
    frontier.settle(first, pretend.redirect("/4"), 0)
    third = pretend.take(frontier)
    assert frontier.take(0) is None
    for job in (second, third):
        assert not frontier.is_done
        frontier.settle(job, pretend.page("/5"), 0)
    assert frontier.is_done
    assert frontier.take(0) is None


@pytest.mark.parametrize("links", [[], ["b.test/"], ["/no/1", "/no/2"]])
def test_a_crawl_is_done_without_being_asked_for_more(pretend, links):
    frontier = Frontier(pretend.plan(obey_robots=True))
    frontier.settle(pretend.take(frontier), pretend.robots("User-agent: *\nDisallow: /no/\n"), 0)
    frontier.settle(pretend.take(frontier), pretend.page(*links), 0)
    assert (frontier.is_done, frontier.next_due_ns(0)) == (True, None)
