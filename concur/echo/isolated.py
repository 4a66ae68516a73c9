"""Subinterpreters as workers: each runs a copy of a model, in one process, behind a GIL of its own.

Tier 0; Python 3.14 and later (PEP 734). Interpreters share the process's
descriptors, but no object: what one is to do comes as text, and so does its
report. Signals reach the main interpreter alone, which passes the stop on
through a socket, a byte for the request and one for the end of the grace period.
"""

import importlib
import json
import socket
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from concur.echo.contract import Service, Stop
from concur.echo.dose import Dose
from concur.errors import TargetError

if TYPE_CHECKING:
    from concur.echo.offload import Offload

REQUEST, GRACE_OVER = b"r", b"g"


@dataclass(frozen=True)
class Order:
    """What a worker is to do, in types that JSON has.

    loader, as "module:function", is called with the model's name in the worker, and returns the module with `serve`.
    """

    number: int
    loader: str
    model: str
    listener: int  # descriptors
    line: int
    dose: dict[str, Any] | None
    pool: int


class Interpreters:
    """The subinterpreters of a service, each run by a thread of its own.

    They are made and ended one after the other, by the thread that has them all: two that ended at once have
    corrupted the process's memory (CPython 3.15.0, in Py_EndInterpreter, about one time in a hundred).
    """

    def __init__(self, stop: Stop, service: Service) -> None:
        self._stop, self._service = stop, service
        self._interpreters: list[Any] = []
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self._reports: list[dict[str, Any]] = []
        self._errors: list[Exception] = []
        stop.on_request(lambda: self._tell(REQUEST))
        stop.on_grace_over(lambda: self._tell(GRACE_OVER))

    def add(self, loader: str, model: str, listener: socket.socket) -> None:
        """A new interpreter for a listener, which becomes its own. Raises TargetError if the model does not load there.

        It loads its model and makes its stop now: once others serve, there may be no descriptors left for that.
        """
        from concurrent import interpreters  # type: ignore[attr-defined] # of 3.14

        ours, theirs = socket.socketpair()
        dose = asdict(self._service.dose) if self._service.is_dosed else None
        number = len(self._threads)
        order = Order(number, loader, model, listener.detach(), theirs.detach(), dose, self._service.pool)
        self._lines.append(ours)
        if self._stop.is_requested:
            ours.send(REQUEST)  # a second one does no harm
        self._interpreters.append(interpreter := interpreters.create())
        self._threads.append(threading.Thread(target=self._run, args=(interpreter, order)))
        try:
            interpreter.call(preload, loader, model)
            if self._service.offload:
                interpreter.call(start_offload, *self._service.offload.shape)
            interpreter.call(make_stop)
        except Exception as error:
            self._interpreters.pop().close()  # what it had is what failed
            self._close()
            raise _failed([error]) from None

    def _run(self, interpreter: Any, order: Order) -> None:
        try:
            self._reports.append(json.loads(interpreter.call(work, json.dumps(asdict(order)))))
        except Exception as error:
            self._errors.append(error)
        finally:
            self._stop.request()  # one that ends before the stop ends them all

    def _tell(self, what: bytes) -> None:
        for line in self._lines:
            try:
                line.send(what)
            except BrokenPipeError:
                pass  # that one has ended

    def serve(self) -> None:
        """Let all serve until the stop, and absorb their reports. Raises TargetError if one failed."""
        for thread in self._threads:
            thread.start()
        self._stop.wait()
        for thread in self._threads:
            thread.join()
        self._close()
        for report in self._reports:
            self._service.absorb(report)
        if self._errors:
            raise _failed(self._errors)

    def _close(self) -> None:
        lines, self._lines = self._lines, []  # a signal that comes now has nobody to be told
        for interpreter in self._interpreters:
            interpreter.call(clean_up)
        for each in (*self._interpreters, *lines):
            each.close()


def _failed(errors: list[Exception]) -> TargetError:
    gists = dict.fromkeys(str(error).partition("\n")[0] for error in errors)  # the other's traceback follows
    return TargetError("a subinterpreter failed", why="; ".join(gists))


# In the worker

_stops: list[Stop] = []  # one, until it works
_offloads: "list[Offload]" = []  # one, where others compute for this worker


def work(text: str) -> str:
    """Serve until the stop, as the order says; returns the report."""
    order = Order(**json.loads(text))
    stop, dose = _stops.pop(), Dose(**order.dose) if order.dose else None
    service = Service(dose, order.pool, *_offloads)
    service.follow(stop)
    with socket.socket(fileno=order.line) as line, socket.socket(fileno=order.listener) as listener:
        listener.setblocking(False)  # as listen() made it, which a bare descriptor does not tell
        follower = threading.Thread(target=follow, args=(line, stop))
        follower.start()
        try:
            load(order.loader, order.model).serve(listener, stop, service)
        finally:
            line.shutdown(socket.SHUT_RD)  # ends the follower, if the grace period has not
            follower.join()
            stop.close()
    return json.dumps(service.report() | {"worker": order.number})


def start_offload(count: int, kind: str) -> None:
    """Have others compute for this worker. They may be interpreters, too, and so are not made by the worker itself."""
    from concur.echo.offload import Offload

    offload = Offload(count, kind)
    offload.start()
    _offloads.append(offload)


def make_stop() -> None:
    """A stop of the worker's own, which takes two descriptors."""
    _stops.append(Stop())


def clean_up() -> None:
    """The worker is done, or is not to begin. Leave nobody behind."""
    while _offloads:
        _offloads.pop().end()
    while _stops:
        _stops.pop().close()


def follow(line: socket.socket, stop: Stop) -> None:
    """Do here what the main interpreter says. A thread, since no signal comes to wake this interpreter."""
    while word := line.recv(1):
        if word == REQUEST:
            stop.request()
        else:
            stop.end_grace()


def preload(loader: str, model: str) -> None:
    """`load`, but for the result: a module does not pass from one interpreter to another."""
    load(loader, model)


def load(loader: str, model: str) -> Any:
    """The module with `serve`."""
    module, _, function = loader.partition(":")
    return getattr(importlib.import_module(module), function)(model)
