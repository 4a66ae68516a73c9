import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from concur.errors import MachineError
from concur.web.conversation import LOG_PATH
from concur.web.graph import Web
from concur.web.judging import check
from concur.web.oracle import expected
from concur.web.running import Running, running

HANG_S = 12


@pytest.fixture(scope="module")
def plain() -> Iterator[Running]:
    """A web without faults."""
    with running(Web(pages=200, hosts=2)) as served:
        yield served


@pytest.fixture(autouse=True)
def cleared(plain: Running) -> None:
    plain.clear()


def connect(served: Running, host: int = 0) -> socket.socket:
    origin = served.addresses.origins[host]
    return socket.create_connection((origin.host, origin.port), HANG_S)


def request(served: Running, path: str, more: str = "") -> bytes:
    base = served.addresses.bases[0].removeprefix("http://")
    return f"GET {path} HTTP/1.1\r\nHost: {base}\r\n{more}\r\n".encode()


def read_all(connection: socket.socket) -> bytes:
    came = b""
    try:
        while data := connection.recv(1 << 16):
            came += data
    except ConnectionResetError:
        pass
    return came


def read_answer(connection: socket.socket) -> bytes:
    came = b""
    while b"</html>\n" not in came:
        data = connection.recv(1 << 16)
        assert data, came
        came += data
    return came


def fetch(served: Running) -> Callable[[str, int], tuple[bytes, bool]]:
    """Each request on a connection of its own."""

    def once(url: str, _: int) -> tuple[bytes, bool]:
        located = served.addresses.locate(url)
        assert located
        base = served.addresses.bases[located[0]].removeprefix("http://")
        with connect(served, located[0]) as connection:
            head = f"GET {located[1]} HTTP/1.1\r\nHost: {base}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            return read_all(connection), True

    return once


def test_what_a_correct_crawl_asks_over_sockets_raises_no_complaint(crawl: Callable[..., Any]) -> None:
    web = Web(pages=250, faults="all,busy=0,unavailable=0", hosts=2, seed=1)
    with running(web) as served:
        told = expected(served.addresses)
        crawled = crawl(served.addresses, fetch(served))
        log = served.log()
    assert crawled.depths.keys() == told.pages
    assert check(log, told) == []
    assert sum(origin.requests for origin in log.origins.values()) == sum(crawled.times.values())
    assert all(origin.connections_now == origin.in_flight == 0 for origin in log.origins.values())
    assert [origin.connections_most for origin in log.origins.values()] == [1, 1]


def test_a_connection_is_kept_and_requests_may_come_at_once(plain: Running) -> None:
    with connect(plain) as connection:
        connection.sendall(request(plain, "/p/1"))
        first = read_answer(connection)
        connection.sendall(
            request(plain, "/p/2") + request(plain, "/p/3") + request(plain, "/p/4", "Connection: close\r\n")
        )
        others = read_all(connection)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [others.count(b"<h1>Page %d</h1>" % number) for number in (2, 3, 4)] == [1, 1, 1]
    assert others.count(b"HTTP/1.1 ") == 3
    origin = plain.log().origins[plain.addresses.bases[0]]
    assert (origin.requests, origin.connections, origin.in_flight_most) == (3 + 1, 1, 1)


def test_a_request_may_come_byte_by_byte(plain: Running) -> None:
    with connect(plain) as connection:
        for byte in request(plain, "/"):
            connection.sendall(bytes([byte]))
        assert b"<h1>Page 0</h1>" in read_answer(connection)


def test_an_answer_without_latency_reaches_whoever_ends_his_side_after_asking(plain: Running) -> None:
    with connect(plain) as connection:
        connection.sendall(request(plain, "/"))
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).endswith(b"</html>\n")


@pytest.mark.parametrize(
    "garbage", [b"\0\xff\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\n\r\n", b"a" * 70_000, b"\r\n\r\n"]
)
def test_what_is_no_request_ends_its_connection_alone(plain: Running, garbage: bytes) -> None:
    with connect(plain) as other, connect(plain) as connection:
        connection.sendall(garbage)
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")
        other.sendall(request(plain, "/"))
        read_answer(other)
    assert plain.log().refused == 1


def test_a_name_that_is_not_ours_is_served_and_told_of(plain: Running) -> None:
    port = plain.addresses.origins[0].port
    with connect(plain) as connection:
        connection.sendall(f"GET /elsewhere/3 HTTP/1.1\r\nHost: LOCALHOST:{port}\r\n\r\n".encode())
        read_answer(connection)
    log = plain.log()
    assert log.foreign == {f"http://localhost:{port}/elsewhere/3": 1}
    assert log.requests == 1


def test_the_log_is_json_and_not_in_itself(plain: Running) -> None:
    with connect(plain) as connection:
        connection.sendall(request(plain, "/p/1"))
        read_answer(connection)
        connection.sendall(request(plain, LOG_PATH, "Connection: close\r\n"))
        document = json.loads(read_all(connection).partition(b"\r\n\r\n")[2])
    assert document["origins"][plain.addresses.bases[0]]["times"] == {"/p/1": 1}
    plain.clear()
    assert plain.log().requests == 0


def test_a_reset_is_a_reset_and_a_second_request_is_served() -> None:
    with running(Web(pages=20, faults="reset_once=100%")) as served:
        with connect(served) as connection:
            connection.sendall(request(served, "/p/1"))
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        with connect(served) as connection:
            connection.sendall(request(served, "/p/1"))
            assert b"Page 1" in read_answer(connection)
        assert served.log().origins[served.addresses.bases[0]].times == {"/p/1": 2}


def test_asking_again_before_retry_after_is_noticed() -> None:
    with running(Web(pages=20, faults="busy=100%")) as served:
        with connect(served) as connection:
            for _ in range(2):
                connection.sendall(request(served, "/p/1"))
                read_answer(connection)
        assert served.log().origins[served.addresses.bases[0]].too_soon == {"/p/1": 1}


def test_a_large_page_is_sent_whole_to_whoever_reads_slowly() -> None:
    with running(Web(pages=20, faults="oversized=100%")) as served, closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(HANG_S)
        connection.connect((served.ready["host"], served.ready["port"]))
        connection.sendall(request(served, "/p/1", "Connection: close\r\n"))
        came = read_all(connection)
    head, _, body = came.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(body) == 11 << 20


def test_latency_and_pauses_pass_before_the_end() -> None:
    web = Web(pages=20, faults="slow=100%", latency="constant:20ms")
    with running(web) as served, connect(served) as connection:
        connection.sendall(request(served, "/p/1") + request(served, "/p/2", "Connection: close\r\n"))
        came = read_all(connection)
    assert (came.count(b"HTTP/1.1 200 OK"), came.count(b"</html>\n")) == (2, 2)


def test_whoever_leaves_before_his_answer_is_no_longer_in_flight() -> None:
    with running(Web(pages=20, latency="constant:60s")) as served:
        base = served.addresses.bases[0]
        with connect(served) as connection:
            connection.sendall(request(served, "/p/1"))
            while not served.log().origins[base].in_flight:
                pass
        while served.log().origins[base].in_flight:
            pass
        assert served.log().origins[base].connections_now == 0


def test_a_port_in_use_is_one_line() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MachineError, match="in use.*--port"), running(Web(), port=port):
            pass


@pytest.mark.parametrize("fault", ["last_said", "last_unsaid", "until_close", "truncated_always"])
def test_a_connection_ends_after_an_answer_that_is_the_last_on_it(fault: str) -> None:
    with running(Web(pages=20, faults=f"{fault}=100%")) as served, connect(served) as connection:
        connection.sendall(request(served, "/"))
        read_answer(connection)
        connection.sendall(request(served, "/p/1") + request(served, "/p/2"))
        assert read_all(connection).count(b"HTTP/1.1 ") == 1
        assert served.log().origins[served.addresses.bases[0]].times == {"/": 1, "/p/1": 1}
