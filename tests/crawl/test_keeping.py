"""Connections that wait for their next request."""

from concur.crawl.keeping import Kept, had_ended
from concur.crawl.plan import Origin
from concur.wire.faults import NO_ANSWER, TRUNCATED, WireError
from concur.wire.http import Connection
from concur.wire.urls import canonical

HERE, THERE = canonical("http://a/"), canonical("http://b/")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Line:
    """One that has served."""

    def __init__(self, origin: Origin = HERE.origin, answer: bytes = OK) -> None:
        self.origin, self.http = origin, Connection()
        self.http.begin(HERE, "concur")
        assert self.http.feed(answer)
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def test_a_line_is_kept_for_its_origin_alone():
    kept: Kept[Line] = Kept(4)
    kept.keep(line := Line())
    assert kept.take(THERE.origin) is None
    assert kept.take(HERE.origin) is line
    assert kept.take(HERE.origin) is None


def test_what_is_too_many_or_not_to_be_used_again_ends():
    kept: Kept[Line] = Kept(1)
    first, second, last = Line(), Line(), Line(answer=OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))
    for line in (last, first, second):
        kept.keep(line)
    assert [line.is_closed for line in (first, second, last)] == [False, True, True]
    kept.close()
    assert first.is_closed


def test_a_line_had_ended_if_it_served_before_and_says_nothing_now():
    line = Line()
    line.http.begin(HERE, "concur")
    assert had_ended(line, ConnectionResetError())
    assert had_ended(line, WireError(NO_ANSWER))
    assert not had_ended(line, TimeoutError())
    line.http.feed(OK[:9])
    assert not had_ended(line, ConnectionResetError())
    assert not had_ended(line, WireError(TRUNCATED))
