"""What a response or an error means to a crawl."""

import pytest

from concur.crawl.contract import Crawl, failure
from concur.crawl.frontier import Failed, Fetched, Frontier, Job, Plan, Record, RobotsFetched
from concur.wire import faults
from concur.wire.faults import WireError
from concur.wire.http import Response
from concur.wire.urls import canonical

SEED = canonical("http://example.com/dir/")
PAGE = Job(SEED, 0, None, 1, is_robots=False, chain=0)
ROBOTS = PAGE._replace(url=canonical("/robots.txt", SEED), is_robots=True)
LINKS = b"<a href=x>x</a>"


@pytest.fixture
def crawl() -> Crawl:
    return Crawl(Frontier(Plan(seeds=(SEED,))))


def response(status: int, body: bytes = LINKS, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, len(body))


@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"])
def test_a_page_gives_links(crawl, kind):
    assert crawl.outcome(PAGE, response(200, content_type=kind)) == Fetched(200, [canonical("x", SEED)])


@pytest.mark.parametrize(("status", "kind"), [(200, "text/plain"), (200, ""), (404, "text/html"), (500, "text/html")])
def test_what_is_no_page_gives_none(crawl, status, kind):
    assert crawl.outcome(PAGE, response(status, content_type=kind)) == Fetched(status, [])


@pytest.mark.parametrize(
    ("location", "target"), [("../y", "http://example.com/y"), ("mailto:x", None), ("https://other/", "https://other/")]
)
def test_a_redirect_has_its_target(crawl, location, target):
    found = crawl.outcome(PAGE, response(302, b"", location=location))
    assert found == Fetched(302, [], canonical(target) if target else None)


def test_a_busy_server_says_when_to_come_again(crawl):
    assert crawl.outcome(PAGE, response(429, b"", retry_after="7")) == Fetched(429, [], None, 7.0)


@pytest.mark.parametrize(("status", "is_said"), [(200, True), (404, True), (403, True), (429, False), (500, False)])
def test_robots_txt_is_read_where_its_answer_says_something(crawl, status, is_said):
    found = crawl.outcome(ROBOTS, response(status, b"User-agent: *\nDisallow: /\n"))
    assert isinstance(found, RobotsFetched) is is_said
    if isinstance(found, RobotsFetched):
        assert found.robots.allows(SEED, "concur") is (status != 200)


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (WireError(faults.TRUNCATED), Failed(faults.TRUNCATED, is_final=False)),
        (WireError(faults.NO_ANSWER), Failed(faults.NO_ANSWER, is_final=False)),
        (WireError(faults.MALFORMED), Failed(faults.MALFORMED, is_final=True)),
        (WireError(faults.BODY_TOO_LARGE), Failed(faults.BODY_TOO_LARGE, is_final=True)),
        (WireError(faults.BAD_ENCODING), Failed(faults.BAD_ENCODING, is_final=True)),
        (ConnectionResetError(104, "Connection reset by peer"), Failed("connection reset by peer", is_final=False)),
        (TimeoutError("timed out"), Failed("timed out", is_final=False)),
    ],
)
def test_an_error_is_final_where_asking_again_would_not_help(error, failed):
    assert failure(error) == failed


def test_what_became_of_a_url_is_told_once(crawl):
    told: list[Record] = []
    crawl = Crawl(Frontier(Plan(seeds=(SEED,), obey_robots=False)), on_record=told.append)
    job = crawl.take()
    assert crawl.take() is None
    assert crawl.wait_s() is None
    crawl.settle(job, Fetched(200))
    assert crawl.is_done
    assert [(record.url, record.status) for record in told] == [(SEED, 200)]
