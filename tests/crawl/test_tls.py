"""Every model over TLS: the page and what it links to, from who can prove its name, and from nobody else."""

import importlib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator

import pytest
import trustme

from concur import catalog
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Frontier, Plan, Record
from concur.echo.stop import Stop
from concur.wire.faults import NOT_TRUSTED
from concur.wire.urls import canonical

MODELS = [row.id for row in catalog.MODELS if not catalog.missing(row, "crawl")]
PAGE = b"<a href=/other>other</a>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE)
NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Each connection to its end, in a thread of its own."""

    def answer(connection: socket.socket) -> None:
        try:
            with connection, context.wrap_socket(connection, server_side=True) as inside:
                while request := inside.recv(65536):
                    inside.sendall(NO_ROBOTS if b"GET /robots.txt" in request else ANSWER)
        except OSError:
            pass  # the crawler has gone, or does not trust us

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(connection,)).start()


@pytest.fixture(params=["localhost", "other.example"])
def name(request, authority, monkeypatch, tmp_path) -> str:
    """What the server can prove that it is called; the crawler asks for localhost."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    proven: str = request.param
    return proven


@pytest.fixture
def port(authority, name) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("model", MODELS)
def test_pages_come_over_tls_from_who_can_prove_its_name_alone(model: str, port: int, name: str) -> None:
    sys.modules.pop("twisted.internet.reactor", None)
    records: list[Record] = []
    stop = Stop()
    seed = canonical(f"https://localhost:{port}/")
    plan = Plan(seeds=(seed,), retries=0, obey_robots=name == "localhost")
    importlib.import_module(f"concur.crawl.{model}").crawl(Crawl(Frontier(plan), on_record=records.append), stop)
    stop.close()
    if name == "localhost":
        assert [(record.url.path, record.status) for record in records] == [("/", 200), ("/other", 200)]
    else:
        assert [(record.status, record.error) for record in records] == [(0, NOT_TRUSTED)]
