"""What a crawl's records say of a site."""

from concur.crawl.frontier import Record, Seen
from concur.report.site import chains, duplicates, site
from concur.report.site_table import printable
from concur.wire.urls import canonical

HERE = "http://a.test"


def record(path: str, status: int = 200, *, to: str = "", error: str = "", ms: float = 1, digest: str = "") -> Record:
    location = HERE + to if to else ""
    seen = Seen(100, "title", digest or path)
    return Record(canonical(HERE + path), status, 1, canonical(HERE + "/from"), 1, error, int(ms * 1e6), seen, location)


def test_what_gives_no_page_is_broken_and_says_where_it_is_linked_from() -> None:
    found = site([record("/"), record("/gone", 404), record("/cut", 0, error="truncated")], took_s=1)
    assert [(row.url, row.status, row.error, row.referrer) for row in found.broken] == [
        (HERE + "/gone", 404, "", HERE + "/from"),
        (HERE + "/cut", 0, "truncated", HERE + "/from"),
    ]
    assert found.statuses == {"200": 1, "404": 1, "no answer": 1}


def test_the_slowest_come_first() -> None:
    found = site([record(f"/{ms}", ms=ms) for ms in range(1, 11)], took_s=1)
    assert [row.ms for row in found.slow] == [10, 9, 8, 7, 6]
    assert (found.median_ms, found.p90_ms) == (5.5, 9.1)


def test_only_redirects_to_redirects_are_chains_and_loops_end() -> None:
    one = [record("/a", 301, to="/b"), record("/b")]
    two = [record("/c", 301, to="/d"), record("/d", 302, to="/e"), record("/e")]
    loop = [record("/x", 301, to="/y"), record("/y", 301, to="/x")]
    found = [[url.removeprefix(HERE) for url in chain] for chain in chains([*one, *two, *loop])]
    assert found == [["/c", "/d", "/e"], ["/x", "/y", "/x"]]


def test_equal_bodies_are_duplicates() -> None:
    assert duplicates([record("/a", digest="1"), record("/b", digest="2"), record("/c", digest="1")]) == [
        [HERE + "/a", HERE + "/c"]
    ]


def test_nothing_is_a_report_too() -> None:
    found = site([], took_s=0.0)
    assert (found.urls, found.median_ms, found.broken) == (0, None, [])


def test_what_a_site_says_does_not_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\u202ec") == "a�[2Jb�c"
