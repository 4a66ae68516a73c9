"""The server, asked over a real socket as a browser would, and as one should not."""

import json
import socket
import threading
from contextlib import closing
from http.client import HTTPConnection

import pytest

from concur.errors import MachineError
from concur.slides import build
from concur.slides.present.server import Handler, Presenter, presenter
from tests.slides.conftest import SAMPLE

pytestmark = [pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def server():
    with presenter(build.decks_in(SAMPLE), build.pictures_of(SAMPLE)) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(server, method="POST", path="run", body=b'{"block": "touching"}', **changed):
    """Status, headers and content of an answer; headers are those of the slides' own script, if not changed."""
    port, token = server.gate.port, server.gate.token
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Origin": f"http://127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.putrequest(method, path if path.startswith("/") else f"/{token}/{path}", skip_host=True)
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body if headers["Content-Length"] else None)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


@pytest.fixture
def runs(server, monkeypatch):
    """The blocks that were run, of which there should be none where a request is refused."""
    found: list[str] = []

    def run(name: str) -> dict[str, str]:
        found.append(name)
        return {"block": name}

    monkeypatch.setattr(server.stage, "run", run)
    return found


def test_a_block_of_the_deck_runs_and_its_counters_are_told(server):
    status, headers, content = ask(server)
    told = json.loads(content)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (told["output"], told["problem"]) == ("touched 1000\n", "")
    assert told["counters"][0]["is_asked"]
    assert {"page faults, minor", "CPU, user", "switches, voluntary"} <= {row["name"] for row in told["counters"]}


@pytest.mark.parametrize(
    ("path", "title"), [("", "The talk"), ("1-sample.html", "A sample"), ("1-sample.html?x=1", "A sample")]
)
def test_pages_are_served_and_kept_by_nobody(server, path, title):
    status, headers, content = ask(server, "GET", path, b"")
    assert status == 200
    assert title in content.decode()
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers


def test_it_listens_on_loopback_alone(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert server.gate.url == f"http://127.0.0.1:{server.gate.port}/{server.gate.token}/"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": None}, 403),
        ({"Host": "rebound.example"}, 421),
        ({"path": "/run"}, 403),
        ({"path": "/another-token/run"}, 403),
        ({"method": "GET"}, 405),
        ({"method": "OPTIONS", "Access_Control_Request_Method": "POST"}, 405),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Length": None}, 411),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"body": b'{"block": "' + b"x" * 2000 + b'"}'}, 413),
    ],
)
def test_what_the_gate_refuses_runs_nothing(server, runs, changed, status):
    found, headers, content = ask(server, **changed)
    assert found == status
    assert json.loads(content)["error"]
    assert "Access-Control-Allow-Origin" not in headers
    assert runs == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"block": "forged"}',
        b'{"block": "touching", "code": "import os"}',
        b'{"block": ["touching"]}',
        b'{"block": null}',
        b'["touching"]',
        b"touching",
        b"",
        b"\xff",
        b"[" * 1000,
    ],
)
def test_a_forged_block_is_refused(server, body):
    status, _, content = ask(server, body=body)
    assert status == 404
    assert json.loads(content)["error"]


@pytest.mark.parametrize("path", ["none.html", "../deck.css", "%2e%2e/x", "1-sample.md", "run/x"])
def test_no_other_file_is_served(server, path):
    assert ask(server, "GET", path, b"")[0] == 404


def test_a_header_that_comes_twice_is_not_trusted(server, runs):
    port = server.gate.port
    head = f"POST /{server.gate.token}/run HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: rebound.example\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as peer:
        peer.sendall(head.encode() + b"Content-Length: 0\r\n\r\n")
        assert b" 421 " in peer.recv(200)
    assert runs == []


def test_a_second_run_meanwhile_is_told_to_wait(server):
    assert server.stage._is_taken.acquire(blocking=False)
    try:
        status, _, content = ask(server)
    finally:
        server.stage._is_taken.release()
    assert status == 409
    assert json.loads(content)["error"].startswith("another block is running")


def test_a_garbage_peer_is_nobodys_concern(server, capfd):
    with closing(socket.create_connection(("127.0.0.1", server.gate.port), timeout=30)) as peer:
        peer.sendall(b"\x16\x03\x01\x00\r\n\r\n")
        peer.recv(1000)
    assert ask(server, "GET", "", b"")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_peer_that_sends_less_than_it_said_is_dropped(server, runs, monkeypatch):
    monkeypatch.setattr(Handler, "timeout", 0.2)
    port = server.gate.port
    head = f"POST /{server.gate.token}/run HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as peer:
        peer.sendall(head.encode() + b"Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{")
        assert peer.recv(200) == b""
    assert runs == []


def test_a_port_in_use_is_one_message(server):
    with pytest.raises(
        MachineError, match=rf"port {server.gate.port} is not to be had: something else listens there.*--port 0"
    ):
        Presenter({}, server.stage, server.gate.port)


def test_two_servers_have_two_tokens(server):
    with Presenter({}, server.stage) as other:
        assert other.gate.token != server.gate.token
