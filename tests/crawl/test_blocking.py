"""Requests over blocking sockets: which connection they take, and what happens when that ends."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
import trustme

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl, Outcome
from concur.crawl.frontier import Failed, Fetched, Frontier, Job, Plan
from concur.wire.urls import Url, canonical

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[socket.socket, int], None]


class Server:
    """Serves one connection after the other by a script, which is told their number."""

    def __init__(self, script: Script) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.script, self.accepted = script, 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            with connection:
                try:
                    self.script(connection, self.accepted)
                except OSError:
                    pass  # the crawler has gone

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> Url:
        return canonical(f"{scheme}://{host}:{self.listener.getsockname()[1]}/")

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Script], Server]]:
    made: list[Server] = []

    def start(script: Script) -> Server:
        made.append(Server(script))
        return made[-1]

    yield start
    for each in made:
        each.close()


def fetched(url: Url, times: int, timeout_s: float = 5) -> list[Outcome]:
    crawl = Crawl(Frontier(Plan(seeds=(url,))), timeout_s=timeout_s)
    lines = Lines(crawl)
    outcomes = [lines.fetch(Job(url, 0, None, 1, is_robots=False, chain=0)) for _ in range(times)]
    lines.close()
    return outcomes


def answers(count: int, then: Callable[[socket.socket], object] | None = None) -> Script:
    """Answers so many requests of each connection."""

    def script(connection: socket.socket, _number: int) -> None:
        for _ in range(count):
            if not connection.recv(65536):
                return
            connection.sendall(OK)
        if then:
            then(connection)

    return script


def test_a_connection_is_kept_for_the_next_request(serve):
    server = serve(answers(9))
    assert fetched(server.url(), 3) == [Fetched(200, [])] * 3
    assert server.accepted == 1


def test_a_kept_connection_that_has_ended_costs_no_attempt(serve):
    server = serve(answers(1))
    assert fetched(server.url(), 3) == [Fetched(200, [])] * 3
    assert server.accepted == 3


def test_one_that_is_reset_costs_none_either(serve):
    def reset(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    server = serve(answers(1, then=reset))
    assert fetched(server.url(), 2) == [Fetched(200, [])] * 2
    assert server.accepted == 2


def test_a_new_connection_without_an_answer_is_a_failure(serve):
    server = serve(lambda connection, _: None)
    (outcome,) = fetched(server.url(), 1)
    assert isinstance(outcome, Failed)
    assert not outcome.is_final
    assert server.accepted == 1


def test_half_an_answer_on_a_kept_connection_is_a_failure_too(serve):
    def half(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK[:-1])

    server = serve(answers(1, then=half))
    first, second = fetched(server.url(), 2)
    assert first == Fetched(200, [])
    assert second == Failed("truncated response", is_final=False)
    assert server.accepted == 1


def test_an_answer_that_never_ends_is_not_waited_for(serve):
    ended = threading.Event()
    server = serve(lambda connection, _: ended.wait(10) and None)
    try:
        assert fetched(server.url(), 1, timeout_s=0.1) == [Failed("timed out", is_final=False)]
    finally:
        ended.set()


def test_nobody_there_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert fetched(canonical(f"http://127.0.0.1:{port}/"), 1) == [Failed("connection refused", is_final=False)]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secured(authority: trustme.CA, host: str) -> Script:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)

    def script(connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            answers(2)(inside, number)

    return script


def test_https_is_spoken_with_who_can_prove_its_name(serve, authority, monkeypatch, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = serve(secured(authority, "localhost"))
    assert fetched(server.url("https", "localhost"), 2) == [Fetched(200, [])] * 2
    assert server.accepted == 1


def test_and_with_nobody_else(serve, authority, monkeypatch, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = serve(secured(authority, "other.example"))
    (outcome,) = fetched(server.url("https", "localhost"), 1)
    assert isinstance(outcome, Failed)
    assert "certificate" in outcome.kind
