"""The rules of a correct crawl, one test each."""

import itertools

import pytest

from concur.crawl.frontier import Failed, Frontier, RobotsFetched
from concur.crawl.jobs import MOST_REDIRECTS, TOO_MANY_REDIRECTS


def crawled(pretend, table, *seeds, **options):
    """The records and the web, after a crawl of a table."""
    web = pretend.Web(table)
    return pretend.crawl(Frontier(pretend.plan(*seeds, **options)), web), web


def test_a_crawl_starts_from_its_seed_and_follows_links(pretend):
    records, _ = crawled(pretend, {"/": pretend.page("/a", "/b"), "/a": pretend.page("/c")})
    assert [(record.url.path, record.depth) for record in records] == [("/", 0), ("/a", 1), ("/b", 1), ("/c", 2)]


def test_a_record_names_the_page_that_led_there(pretend):
    records, _ = crawled(pretend, {"/": pretend.page("/a"), "/a": pretend.page("/b")})
    assert [record.referrer and record.referrer.path for record in records] == [None, "/", "/a"]


def test_a_redirect_adds_no_depth(pretend):
    records, _ = crawled(pretend, {"/": pretend.page("/old"), "/old": pretend.redirect("/new")}, max_depth=1)
    assert [(record.url.path, record.depth) for record in records] == [("/", 0), ("/old", 1), ("/new", 1)]


def test_pages_deeper_than_the_limit_are_not_asked_for(pretend):
    table = {"/": pretend.page("/1"), "/1": pretend.page("/2"), "/2": pretend.page("/3")}
    _, web = crawled(pretend, table, max_depth=2)
    assert web.order == ["/", "/1", "/2"]


def test_depth_zero_is_the_seed_alone(pretend):
    _, web = crawled(pretend, {"/": pretend.page("/1")}, max_depth=0)
    assert web.order == ["/"]


def test_links_and_redirects_out_of_scope_are_not_followed(pretend):
    table = {"/": pretend.page("b.test/", "/old"), "/old": pretend.redirect("b.test/new")}
    records, web = crawled(pretend, table)
    assert web.order == ["/", "/old"]
    assert [record.error for record in records] == ["", ""]


def test_scheme_and_port_are_part_of_the_scope(pretend):
    seed = pretend.url("/")
    others = [seed._replace(scheme="https", port=443, path="/s"), seed._replace(port=81, path="/p")]
    records, _ = crawled(pretend, {"/": pretend.Fetched(200, others)})
    assert pretend.paths(records) == {"/"}


def test_several_origins_may_be_in_scope(pretend):
    origins = (pretend.url("/").origin, pretend.url("b.test/").origin)
    table = {"/": pretend.page("b.test/", "c.test/"), "b.test/": pretend.page("/back")}
    records, _ = crawled(pretend, table, origins=origins)
    assert pretend.paths(records) == {"/", "b.test/", "/back"}


def test_a_seed_that_redirects_out_of_scope_is_the_whole_crawl(pretend):
    records, web = crawled(pretend, {"/": pretend.redirect("b.test/")})
    assert web.order == ["/"]
    assert [(record.status, record.error) for record in records] == [(302, "")]


def test_each_url_is_asked_for_once(pretend):
    table = {"/": pretend.page("/", "/a", "/a", "/b"), "/a": pretend.page("/", "/b"), "/b": pretend.redirect("/a")}
    _, web = crawled(pretend, table, max_depth=5)
    assert set(web.times.values()) == {1}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_with_a_location_is_followed(pretend, status):
    _, web = crawled(pretend, {"/": pretend.redirect("/new", status)})
    assert web.order == ["/", "/new"]


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_answers_with_a_location_are_not_redirects(pretend, status):
    _, web = crawled(pretend, {"/": pretend.redirect("/new", status)})
    assert web.order == ["/"]


def test_a_redirect_without_a_location_is_an_end(pretend):
    records, _ = crawled(pretend, {"/": pretend.redirect(None)})
    assert [(record.status, record.error) for record in records] == [(302, "")]


def chain(pretend, length):
    return {f"/{step}": pretend.redirect(f"/{step + 1}") for step in range(length)}


def test_a_chain_of_ten_redirects_is_followed_to_its_end(pretend):
    records, _ = crawled(pretend, chain(pretend, MOST_REDIRECTS), "/0")
    assert [record.error for record in records] == [""] * 11
    assert records[-1].status == 200


def test_a_longer_chain_ends_with_too_many_redirects(pretend):
    records, web = crawled(pretend, chain(pretend, 20), "/0")
    assert web.order == [f"/{step}" for step in range(11)]
    assert [record.error for record in records] == [""] * 10 + [TOO_MANY_REDIRECTS]


@pytest.mark.parametrize("max_depth", [None, 3])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_page_in_the_middle_of_a_long_chain_gives_it_a_new_start(pretend, max_depth, is_late):
    web = pretend.Web(chain(pretend, 14) | {"/": pretend.page("/0", "/side"), "/side": pretend.page("/6")})
    side_waits = itertools.chain([0, 0], itertools.repeat(1))  # "/", "/0", then whatever is not "/side"
    frontier = Frontier(pretend.plan(max_depth=max_depth))
    records = pretend.crawl(frontier, web, lambda flying: next(side_waits) % flying if is_late else flying - 1)
    assert "/14" in pretend.paths(records)
    assert set(web.times.values()) == {1}


def test_a_loop_of_redirects_ends(pretend):
    records, web = crawled(pretend, {"/": pretend.redirect("/a"), "/a": pretend.redirect("/")})
    assert web.order == ["/", "/a"]
    assert [record.error for record in records] == ["", ""]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_an_answer_of_4xx_is_final_and_leads_nowhere(pretend, status):
    records, web = crawled(pretend, {"/": pretend.page("/a", status=status)})
    assert web.order == ["/"]
    assert [(record.status, record.error) for record in records] == [(status, "")]


@pytest.mark.parametrize("status", [201, 204, 206])
def test_only_200_gives_links(pretend, status):
    _, web = crawled(pretend, {"/": pretend.page("/a", status=status)})
    assert web.order == ["/"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_a_passing_error_is_asked_again_and_may_end_well(pretend, status):
    table = {"/": [pretend.page(status=status), pretend.page(status=status), pretend.page("/a")]}
    records, web = crawled(pretend, table)
    assert web.times == {"/": 3, "/a": 1}
    assert [(record.status, record.attempt, record.error) for record in records] == [(200, 3, ""), (200, 1, "")]


def test_an_error_that_does_not_pass_is_asked_for_three_times(pretend):
    records, web = crawled(pretend, {"/": pretend.page(status=500)})
    assert web.times == {"/": 3}
    assert [(record.status, record.attempt, record.error) for record in records] == [(500, 3, "status 500")]


def test_a_connection_lost_is_asked_again_then_an_error(pretend):
    records, web = crawled(pretend, {"/": pretend.LOST})
    assert web.times == {"/": 3}
    assert [(record.status, record.error) for record in records] == [(0, "connection reset")]


def test_without_retries_the_first_answer_is_the_last(pretend):
    _, web = crawled(pretend, {"/": pretend.LOST}, retries=0)
    assert web.times == {"/": 1}


def test_a_malformed_response_is_not_asked_again(pretend):
    records, web = crawled(pretend, {"/": Failed("malformed", is_final=True)})
    assert web.times == {"/": 1}
    assert [(record.status, record.error) for record in records] == [(0, "malformed")]


def test_a_job_settles_once(pretend):
    frontier = Frontier(pretend.plan())
    job = pretend.take(frontier)
    frontier.settle(job, pretend.page(), 0)
    with pytest.raises(ValueError, match="not in flight"):
        frontier.settle(job, pretend.page(), 0)
    with pytest.raises(ValueError, match="not in flight"):
        frontier.settle(job._replace(url=pretend.url("b.test/")), pretend.page(), 0)


def test_a_page_does_not_settle_as_robots(pretend):
    frontier = Frontier(pretend.plan())
    job = pretend.take(frontier)
    with pytest.raises(ValueError, match=r"not asked for as robots\.txt"):
        frontier.settle(job, RobotsFetched(pretend.Robots.of(200, b"")), 0)
    assert frontier.settle(job, pretend.page(), 0)


def test_an_abandoned_job_is_queued_again_and_its_attempt_does_not_count(pretend):
    frontier = Frontier(pretend.plan(connections=1))
    first = pretend.take(frontier)
    assert (frontier.take(0), frontier.is_done) == (None, False)
    frontier.abandon(first)
    assert frontier.take(0) == first
    assert frontier.counts.in_flight == 1


def test_the_depth_of_a_url_can_be_asked_for(pretend):
    frontier = Frontier(pretend.plan(max_depth=1))
    pretend.crawl(frontier, pretend.Web({"/": pretend.page("/a"), "/a": pretend.page("/deep")}))
    asked = ["/", "/a", "/deep", "/unknown", "b.test/"]
    assert [frontier.depth(pretend.url(path)) for path in asked] == [0, 1, 2, None, None]


def test_counts_say_how_far_a_crawl_is(pretend):
    frontier = Frontier(pretend.plan(obey_robots=True))
    table = {"/": pretend.page("/a", "/no/1"), "/a": pretend.redirect("/b"), "/robots.txt": _no(pretend)}
    pretend.crawl(frontier, pretend.Web(table))
    assert frontier.counts == (5, 3, 2, 1, 0)  # robots.txt is known, too


def _no(pretend):
    return pretend.robots("User-agent: *\nDisallow: /no/\n")
