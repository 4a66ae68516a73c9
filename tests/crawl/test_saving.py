"""A crawl that is killed at any byte and resumed is the crawl that was not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concur.crawl.frontier import Frontier, Record
from concur.crawl.saving import begin, resume
from concur.errors import UsageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "crawl.journal"


def site(pretend):
    """A small web of two hosts with a bit of everything; outcomes given as lists are used up by a crawl."""
    return {
        "/": pretend.page("/a", "b.test/x", "/robots.txt", "/old", "c.test/"),
        "/a": pretend.page("/", "/deep", "/flaky", "/a", "b.test/y", "/private/1"),
        "/old": pretend.redirect("/new"),
        "/new": pretend.page("/deep"),
        "/deep": pretend.page("/deeper"),
        "/deeper": pretend.page("/deepest"),
        "/flaky": [pretend.LOST, pretend.Fetched(503, retry_after_s=2.0), pretend.page("b.test/z")],
        "/gone": pretend.page(status=404),
        "b.test/x": pretend.page("b.test/y", "/gone", "/broken"),
        "b.test/y": pretend.redirect("b.test/y2"),
        "/broken": pretend.LOST,
        "/robots.txt": pretend.robots("User-agent: *\nDisallow: /private/\n"),
    }


def plan(pretend, **options):
    origins = (pretend.url("/").origin, pretend.url("b.test/").origin)
    return pretend.plan(origins=origins, obey_robots=True, connections=3, **options)


def finished(records):
    return {(str(one.url), one.status, one.depth, one.referrer, one.attempt, one.error) for one in records}


@pytest.mark.parametrize("max_depth", [None, 3])
def test_a_crawl_cut_at_any_byte_ends_as_if_it_had_not_been(pretend, path, max_depth):
    the_plan = plan(pretend, max_depth=max_depth, retries=5)  # enough for a web that fails anew after each cut
    frontier = begin(the_plan, path)
    whole = finished(pretend.crawl(frontier, pretend.Web(site(pretend))))
    frontier.close()
    saved = path.read_bytes()
    for length in range(len(saved) + 1):
        path.write_bytes(saved[:length])
        before: list[Record] = []
        frontier = resume(the_plan, path, on_record=before.append)
        web = pretend.Web(site(pretend))
        after = pretend.crawl(frontier, web)
        frontier.close()
        assert finished(before) <= whole
        assert pretend.paths(before) | pretend.paths(after) == {_name(url) for url, *_ in whole}
        assert len(before) + len(after) == len(whole)
        assert not pretend.paths(before) & set(web.times)


def _name(text):
    return text.removeprefix("http://a.test").removeprefix("http://")


def test_replaying_gives_the_records_that_were_given(pretend, path):
    frontier = begin(plan(pretend, max_depth=3), path)
    records = pretend.crawl(frontier, pretend.Web(site(pretend)))
    counts = frontier.counts
    frontier.close()
    replayed: list[Record] = []
    frontier = resume(plan(pretend, max_depth=3), path, on_record=replayed.append)
    assert replayed == records
    assert frontier.is_done is False  # what robots.txt forbade is asked of it anew
    assert pretend.crawl(frontier, pretend.Web(site(pretend))) == []
    assert frontier.counts == counts
    frontier.close()


@given(st.integers(0, 60), st.integers(0, 60), st.lists(st.integers(0, 9), max_size=60), st.none() | st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_crawl_killed_twice_loses_nothing(pretend, tmp_path_factory, first, second, order, max_depth):
    path = tmp_path_factory.mktemp("killed") / "crawl.journal"
    the_plan = plan(pretend, max_depth=max_depth)
    picks = iter(order)
    records: list[Record] = []
    web = pretend.Web(site(pretend))
    for turns in (first, second, pretend.MANY_TURNS):
        frontier = resume(the_plan, path) if path.exists() else begin(the_plan, path)
        done_before = pretend.paths(records)
        web.asked.clear()
        records += pretend.crawl(frontier, web, lambda flying: next(picks, 0) % flying, turns=turns)
        frontier.close()
        assert not done_before & set(web.times)
    expected = pretend.crawl(Frontier(the_plan), pretend.Web(site(pretend)))
    assert sorted(str(one.url) for one in records) == sorted(str(one.url) for one in expected)


def test_what_was_to_be_left_alone_is_left_alone_again(pretend, path):
    frontier = begin(pretend.plan(), path)
    frontier.settle(pretend.take(frontier), pretend.Fetched(429, retry_after_s=9.0), 0)
    frontier.close()
    frontier = resume(pretend.plan(), path, now_ns=50)
    assert (frontier.take(50), frontier.next_due_ns(50)) == (None, 50 + 9 * pretend.SECOND_NS)
    assert pretend.take(frontier, 50 + 9 * pretend.SECOND_NS).attempt == 2
    frontier.close()


def test_attempts_are_not_forgotten(pretend, path):
    frontier = begin(pretend.plan(), path)
    for _ in range(2):
        frontier.settle(pretend.take(frontier), pretend.LOST, 0)
    frontier.close()
    frontier = resume(pretend.plan(), path)
    record = frontier.settle(pretend.take(frontier), pretend.LOST, 0)
    assert record
    assert (record.attempt, record.error) == (3, "connection reset")
    frontier.close()


def test_the_page_limit_counts_what_was_fetched_before(pretend, path):
    table = {"/": pretend.page("/1", "/2", "/3", "/4")}
    frontier = begin(pretend.plan(max_pages=2), path)
    first = pretend.crawl(frontier, pretend.Web(table))
    frontier.close()
    frontier = resume(pretend.plan(max_pages=3), path)
    assert [len(first), len(pretend.crawl(frontier, pretend.Web(table)))] == [2, 1]
    frontier.close()


def test_robots_are_asked_for_anew(pretend, path):
    frontier = begin(plan(pretend), path)
    pretend.crawl(frontier, pretend.Web(site(pretend)), turns=4)
    frontier.close()
    frontier = resume(plan(pretend), path)
    assert pretend.take(frontier).is_robots
    frontier.close()


def test_another_plans_crawl_is_not_resumed(pretend, path):
    begin(pretend.plan(), path).close()
    with pytest.raises(UsageError, match=r"max_depth null, this one has max_depth 3"):
        resume(pretend.plan(max_depth=3), path)


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"done": 7, "status": 200},
        {"done": -1, "status": 200},
        {"done": "0", "status": 200},
        {"done": 0},
        {"done": 0, "status": 200, "links": [9]},
        {"done": 0, "status": 200, "links": [-1]},
        {"done": 0, "status": 200, "links": ["x/y"]},
        {"done": 0, "status": 200, "links": ["9/y"]},
        {"done": 0, "status": 200, "links": [None]},
        {"done": 0, "status": 200, "links": 5},
        {"done": 0, "status": 200, "attempts": 10**9},
        {"again": 0, "attempts": 1},
        {"again": 0, "attempts": "1", "wait_ns": 5},
        {"again": 0, "attempts": 1, "wait_ns": []},
        {"again": []},
    ],
)
def test_a_line_that_makes_no_sense_is_named(pretend, path, line):
    begin(pretend.plan(), path).close()
    with open(path, "a") as file:
        file.write(json.dumps(line) + "\n")
    with pytest.raises(UsageError, match="line 2 is damaged"):
        resume(pretend.plan(), path)


def test_a_page_that_was_finished_twice_is_damage(pretend, path):
    begin(pretend.plan(), path).close()
    with open(path, "a") as file:
        file.write('{"done":0,"status":200}\n' * 2)
    with pytest.raises(UsageError, match="line 3 is damaged"):
        resume(pretend.plan(), path)
