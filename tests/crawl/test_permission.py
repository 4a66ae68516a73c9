"""robots.txt is asked for first, asked again like a page, and obeyed (RFC 9309)."""

import pytest

from concur.crawl.frontier import Failed, Frontier

NO_PRIVATE = "User-agent: *\nDisallow: /private/\n"


def crawled(pretend, table, *seeds, **options):
    web = pretend.Web(table)
    frontier = Frontier(pretend.plan(*seeds, obey_robots=True, **options))
    return pretend.crawl(frontier, web), web, frontier


def test_robots_are_asked_for_first_and_once(pretend):
    _, web, _ = crawled(pretend, {"/": pretend.page("/a", "/robots.txt"), "/a": pretend.redirect("/robots.txt")})
    assert web.order == ["/robots.txt", "/", "/a"]


def test_no_page_begins_while_robots_are_asked_for(pretend):
    frontier = Frontier(pretend.plan(obey_robots=True))
    job = pretend.take(frontier)
    assert job.is_robots
    assert (frontier.take(0), frontier.next_due_ns(0), frontier.is_done) == (None, None, False)
    assert frontier.settle(job, pretend.robots(), 0) is None
    assert pretend.take(frontier).url.path == "/"


def test_an_origin_that_is_never_linked_is_never_asked(pretend):
    origins = (pretend.url("/").origin, pretend.url("b.test/").origin)
    _, web, _ = crawled(pretend, {}, origins=origins)
    assert web.order == ["/robots.txt", "/"]


def test_what_robots_forbid_is_never_asked_for(pretend):
    table = {
        "/robots.txt": pretend.robots(NO_PRIVATE),
        "/": pretend.page("/private/1", "/old"),
        "/old": pretend.redirect("/private/2"),
    }
    records, web, frontier = crawled(pretend, table)
    assert web.order == ["/robots.txt", "/", "/old"]
    assert pretend.paths(records) == {"/", "/old"}
    assert frontier.counts.forbidden == 2


def test_the_rules_for_this_agent_count(pretend):
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: concur\nDisallow: /b\n"
    _, web, _ = crawled(pretend, {"/robots.txt": pretend.robots(rules), "/": pretend.page("/a", "/b")})
    assert web.order == ["/robots.txt", "/", "/a"]


def test_a_seed_that_is_forbidden_is_the_end(pretend):
    table = {"/robots.txt": pretend.robots(NO_PRIVATE)}
    records, web, frontier = crawled(pretend, table, "/private/seed")
    assert (records, web.order, frontier.counts.forbidden) == ([], ["/robots.txt"], 1)


def test_robots_may_be_ignored(pretend):
    web = pretend.Web({"/robots.txt": pretend.robots(NO_PRIVATE), "/": pretend.page("/private/1")})
    pretend.crawl(Frontier(pretend.plan(obey_robots=False)), web)
    assert web.order == ["/", "/private/1"]


@pytest.mark.parametrize("lost", [Failed("connection reset", is_final=False), Failed("malformed", is_final=True)])
def test_robots_that_cannot_be_had_forbid_everything(pretend, lost):
    records, web, frontier = crawled(pretend, {"/robots.txt": lost})
    assert (records, web.times) == ([], {"/robots.txt": 1 if lost.is_final else 3})
    assert frontier.notes == [
        f"http://a.test/robots.txt could not be had ({lost.kind}), so nothing there may be asked for."
    ]


@pytest.mark.parametrize("status", [0, 500, 503])
def test_robots_of_a_status_that_says_nothing_forbid_everything(pretend, status):
    records, web, _ = crawled(pretend, {"/robots.txt": pretend.robots(status=status)})
    assert (records, web.order) == ([], ["/robots.txt"])


def test_robots_that_are_not_there_allow_everything(pretend):
    _, web, frontier = crawled(pretend, {"/robots.txt": pretend.robots(status=404), "/": pretend.page("/private/1")})
    assert web.order == ["/robots.txt", "/", "/private/1"]
    assert frontier.notes == []


def test_robots_are_asked_again_like_a_page(pretend):
    later = pretend.Fetched(503, retry_after_s=5.0)
    table = {"/robots.txt": [pretend.LOST, later, pretend.robots(NO_PRIVATE)], "/": pretend.page("/private/1")}
    _, web, _ = crawled(pretend, table)
    assert web.asked == [
        *(("/robots.txt", 0), ("/robots.txt", 0), ("/robots.txt", 5 * pretend.SECOND_NS)),
        ("/", 5 * pretend.SECOND_NS),
    ]


def test_a_server_that_fails_for_robots_forbids_everything_in_the_end(pretend):
    records, web, _ = crawled(pretend, {"/robots.txt": pretend.page(status=500)})
    assert (records, web.times) == ([], {"/robots.txt": 3})


def test_robots_may_be_redirected_within_their_origin(pretend):
    table = {
        "/robots.txt": pretend.redirect("/rules"),
        "/rules": pretend.robots(NO_PRIVATE),
        "/": pretend.page("/private/1"),
    }
    _, web, _ = crawled(pretend, table)
    assert web.order == ["/robots.txt", "/rules", "/"]


@pytest.mark.parametrize("to", ["b.test/robots.txt", None])
def test_robots_redirected_elsewhere_count_as_none(pretend, to):
    _, web, _ = crawled(pretend, {"/robots.txt": pretend.redirect(to)})
    assert web.order == ["/robots.txt", "/"]


def test_robots_redirected_for_ever_count_as_none(pretend):
    _, web, frontier = crawled(pretend, {"/robots.txt": pretend.redirect("/robots.txt")})
    assert web.times == {"/robots.txt": 11, "/": 1}
    assert frontier.notes == ["http://a.test/robots.txt could not be had (too many redirects), so it forbids nothing."]


def test_abandoned_robots_are_asked_for_again(pretend):
    frontier = Frontier(pretend.plan(obey_robots=True))
    job = pretend.take(frontier)
    frontier.abandon(job)
    assert (frontier.is_done, frontier.take(0)) == (False, job)


def test_robots_settle_once(pretend):
    frontier = Frontier(pretend.plan(obey_robots=True))
    job = pretend.take(frontier)
    frontier.settle(job, pretend.robots(), 0)
    with pytest.raises(ValueError, match="not in flight"):
        frontier.settle(job, pretend.robots(), 0)
