"""HTTP on loopback: the decks' pages, and one door that runs a block. What may pass is said in `gate.py`."""

import errno
import json
import socketserver
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

from concur.errors import ConcurError, MachineError, UsageError
from concur.slides import page
from concur.slides.deck import Deck
from concur.slides.pictures import Pictures
from concur.slides.present.blocks import BusyError, Stage
from concur.slides.present.gate import JSON, NAMES, RUN, Gate, Refusal, Request, new_token

HOST = NAMES[0]
PATIENCE_S = 10.0  # for a peer that sends its request slowly
CONNECTIONS_MOST = 32  # a browser keeps six
HTML = "text/html; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'self'",  # a page cannot say this of itself; it says the rest
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class Presenter(socketserver.ThreadingTCPServer):
    """The server; `gate.url` is where it is found. Port 0 is any that is free."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, pages: Mapping[str, str], stage: Stage, port: int = 0) -> None:
        self.pages = {name: text.encode() for name, text in pages.items()}
        self.stage = stage
        self._room = threading.BoundedSemaphore(CONNECTIONS_MOST)
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise _no_port(port, error) from None
        self.gate = Gate(self.server_address[1], new_token())

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that went away meanwhile is nobody's concern."""


def _no_port(port: int, error: Exception) -> MachineError:
    is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
    why = "something else listens there" if is_taken else str(getattr(error, "strerror", "") or error)
    return MachineError(
        f"port {port} is not to be had", why=why, do="Name another one, or none: --port 0 takes one that is free."
    )


class Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: Presenter
    timeout = PATIENCE_S
    server_version, sys_version = "concur", ""

    def _serve(self) -> None:
        request = Request(self.command, self.path, _by_name(self.headers.items()))
        if refusal := self.server.gate.refusal(request):
            self._refuse(refusal)
        elif (name := self.server.gate.page_of(request)) == RUN:
            self._run()
        elif name in self.server.pages:
            self._answer(200, HTML, self.server.pages[name])
        else:
            self._refuse(Refusal(404, "there is no such page"))

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve

    def _run(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            found = self.server.stage.run(_block_in(body))
        except BusyError as error:
            self._refuse(Refusal(409, str(error)))
        except UsageError as error:
            self._refuse(Refusal(404, str(error)))
        except ConcurError as error:
            self._refuse(Refusal(500, str(error)))
        else:
            self._answer(200, JSON, json.dumps(found).encode())

    def _refuse(self, refusal: Refusal) -> None:
        self._answer(refusal.status, JSON, json.dumps({"error": refusal.why}).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the presenter's, and paths hold the token."""


def _by_name(headers: Any) -> dict[str, str]:
    """Headers by lower-case names. One that comes twice is none that could be trusted."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name.lower()] = "twice" if name.lower() in found else value
    return found


def _block_in(body: bytes) -> str:
    """The name in `{"block": name}`. Raises UsageError for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or set(found) != {"block"} or not isinstance(found["block"], str):
        raise UsageError("a request names a block, and nothing else")
    return found["block"]


def presenter(decks: Sequence[Deck], pictures: Pictures, port: int = 0) -> Presenter:
    """A server for these decks, which listens already. Raises MachineError where the port is not to be had."""
    pages = {f"{deck.name}.html": page.to_html(deck, pictures, is_live=True) for deck in decks}
    pages[""] = page.contents_html(decks)
    stage = Stage({name: block for deck in decks for name, block in deck.runnable().items()})
    return Presenter(pages, stage, port)
