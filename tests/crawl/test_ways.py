"""The set that is fetched is breadth-first search's, in whatever order answers come."""

from collections import deque
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concur.crawl.frontier import Frontier, Job
from concur.crawl.jobs import MOST_REDIRECTS

NODES = 14


@st.composite
def webs(draw):
    """A small web: for each page its links, or for a redirect its target as a number."""
    count = draw(st.integers(1, NODES))
    targets = st.integers(0, count - 1)
    node = st.one_of(st.lists(targets, max_size=4), st.lists(targets, max_size=2), targets)
    return draw(st.lists(node, min_size=count, max_size=count))


@st.composite
def webs_with_a_long_chain(draw):
    """Pages that lead into a chain of redirects longer than is followed."""
    length = draw(st.integers(MOST_REDIRECTS, MOST_REDIRECTS + 8))
    links = draw(st.lists(st.lists(st.integers(0, length + 4), max_size=3), min_size=4, max_size=4))
    chain = [4 + step + 1 for step in range(length)]
    return [*links, *chain, draw(st.lists(st.integers(0, length + 3), max_size=3))]


def depths(web, max_depth):
    """Breadth-first search, redirects being edges of no length: the depth of each page within reach."""
    found, due = {0: 0}, deque([0])
    while due:
        node = due.popleft()
        is_redirect = isinstance(web[node], int)
        for target in [web[node]] if is_redirect else web[node]:
            depth = found[node] + (not is_redirect)
            if depth < found.get(target, NODES + 1) and (max_depth is None or depth <= max_depth):
                found[target] = depth
                (due.appendleft if is_redirect else due.append)(target)
    return found


def within_reach(web, max_depth):
    """The least fixed point by which a page is within reach: some way is short enough, and some chain is."""
    shortest, chains = {0: 0}, {0: 0}
    for _ in range(len(web) ** 2):
        for node in list(shortest):
            is_redirect = isinstance(web[node], int)
            is_too_deep = max_depth is not None and shortest[node] > max_depth
            if is_too_deep or (is_redirect and chains[node] >= MOST_REDIRECTS):
                continue
            for target in [web[node]] if is_redirect else web[node]:
                chain = chains[node] + 1 if is_redirect else 0
                shortest[target] = min(shortest.get(target, 99), shortest[node] + (not is_redirect))
                chains[target] = min(chains.get(target, 99), chain)
    return {node for node, depth in shortest.items() if max_depth is None or depth <= max_depth}


def crawl(pretend, web, max_depth, connections, order):
    table = {
        f"/{node}": pretend.redirect(f"/{to}") if isinstance(to, int) else pretend.page(*(f"/{one}" for one in to))
        for node, to in enumerate(web)
    }
    frontier = Frontier(pretend.plan("/0", max_depth=max_depth, connections=connections))
    asked = pretend.Web(table)
    records = pretend.crawl(frontier, asked, order.randrange)
    assert set(asked.times.values()) == {1}
    return frontier, {int(record.url.path[1:]) for record in records}


limits = st.none() | st.integers(0, 5)
orders = st.integers(0, 2**32).map(Random)  # of the ends of requests


@given(webs(), limits, st.integers(1, 6), orders)
@settings(max_examples=300, deadline=None)
def test_the_set_fetched_is_that_of_breadth_first_search(pretend, web, max_depth, connections, order):
    frontier, fetched = crawl(pretend, web, max_depth, connections, order)
    expected = depths(web, max_depth)
    if all(isinstance(to, list) for to in web) or len(web) <= MOST_REDIRECTS:
        assert fetched == set(expected)
    if max_depth is not None:
        assert {node: frontier.depth(pretend.url(f"/{node}")) for node in fetched} == {
            node: expected[node] for node in fetched
        }


@given(webs_with_a_long_chain(), limits, st.integers(1, 6), orders)
@settings(max_examples=300, deadline=None)
def test_where_a_chain_is_entered_late_the_order_of_answers_does_not_matter(
    pretend, web, max_depth, connections, order
):
    _, fetched = crawl(pretend, web, max_depth, connections, order)
    assert fetched == within_reach(web, max_depth)


@pytest.mark.parametrize("first", ["/far", "/near"])
def test_what_was_too_deep_comes_in_when_a_shorter_way_is_found(pretend, first):
    frontier = Frontier(pretend.plan(max_depth=3))
    table = {
        "/": pretend.page("/far", "/near"),
        "/far": pretend.page("/2"),
        "/2": pretend.page("/page"),
        "/near": pretend.page("/page"),
        "/page": pretend.page("/behind"),
        "/behind": pretend.page("/too deep"),
    }

    jobs: dict[str, Job] = {}
    fetched = set()

    def end(path):
        fetched.add(path)
        frontier.settle(jobs.pop(path), table.get(path, pretend.page()), 0)
        while job := frontier.take(0):
            jobs[job.url.path] = job

    jobs["/"] = pretend.take(frontier)
    for path in ["/", first, *(["/2", "/page"] if first == "/far" else [])]:
        end(path)
    while jobs:
        end(min(jobs))
    assert fetched == {"/", "/far", "/near", "/2", "/page", "/behind"}
    assert frontier.depth(pretend.url("/page")) == 2


def test_links_that_were_no_shorter_way_are_when_their_page_comes_nearer(pretend):
    table = {
        "/": pretend.page("/1", "/near"),
        "/1": pretend.page("/2"),
        "/2": pretend.page("/page", "/3"),
        "/3": pretend.page("/target"),
        "/near": pretend.page("/page"),
        "/page": pretend.page("/target"),
        "/target": pretend.page("/behind"),
    }
    frontier = Frontier(pretend.plan(max_depth=4))
    near_waits = iter([0, 0])  # "/", "/1", then whatever is not "/near"
    records = pretend.crawl(frontier, pretend.Web(table), lambda flying: next(near_waits, flying - 1))
    assert pretend.paths(records) == {*table, "/behind"}
    assert frontier.depth(pretend.url("/target")) == 3


def test_what_is_forbidden_stays_so_when_it_comes_nearer(pretend):
    table = {
        "/": pretend.page("/1", "/near"),
        "/1": pretend.page("/private/1"),
        "/near": pretend.redirect("/near2"),
        "/near2": pretend.redirect("/private/1"),
        "/robots.txt": pretend.robots("User-agent: *\nDisallow: /private/\n"),
    }
    frontier = Frontier(pretend.plan(obey_robots=True))
    pretend.crawl(frontier, pretend.Web(table))
    assert (frontier.depth(pretend.url("/private/1")), frontier.counts.forbidden) == (1, 1)


def test_a_page_that_comes_nearer_while_it_waits_is_asked_for_once_and_sooner(pretend):
    frontier = Frontier(pretend.plan(max_depth=9, connections=2))
    far, near = frontier_jobs(frontier, pretend, ["/far", "/near"])
    frontier.settle(far, pretend.redirect("/far2"), 0)
    frontier.settle(pretend.take(frontier), pretend.page("/x"), 0)
    assert frontier.depth(pretend.url("/x")) == 2
    deeper = pretend.take(frontier)
    frontier.settle(deeper, pretend.page("/deep1", "/deep2"), 0)
    frontier.settle(near, pretend.page("/deep2"), 0)
    assert [pretend.take(frontier).url.path for _ in range(2)] == ["/deep2", "/deep1"]
    assert frontier.take(0) is None


def frontier_jobs(frontier, pretend, links):
    frontier.settle(pretend.take(frontier), pretend.page(*links), 0)
    return [pretend.take(frontier) for _ in links]
