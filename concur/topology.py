"""Several copies of one model: as processes, as threads, or as subinterpreters. Tier 0.

Each copy has a listener of its own on the one port (SO_REUSEPORT), over which
the kernel spreads connections by a hash of their addresses: about evenly when
there are many, and by chance when there are few. Hence the shares in the report.
"""

import re
import socket
import threading
from dataclasses import dataclass
from types import ModuleType

from concur import accounting, catalog, observed
from concur.echo.contract import Service, Stop, listen
from concur.errors import MachineError, UsageError, unknown
from concur.kernel.tasks import raise_all

MOST = 1024  # copies; more is a slip of the finger


@dataclass(frozen=True)
class Topology:
    """How many copies of a model run, and as what: processes, threads or interpreters."""

    count: int
    kind: str

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


def parse(text: str, option: str = "--workers") -> Topology:
    """`2:processes`, as that option has it. Raises UsageError for what cannot be one."""
    shape = re.fullmatch(r"(\d{1,9}):(.*)", text)
    if not shape or not 1 <= int(shape[1]) <= MOST:
        raise UsageError(f"cannot read {option} '{text}'", do=f"Write N:KIND, as 2:processes, N from 1 to {MOST}.")
    if shape[2] not in catalog.COPIES:
        raise unknown("kind of workers", shape[2], catalog.COPIES)
    return Topology(int(shape[1]), shape[2])


def check(topology: Topology, name: str) -> None:
    """Raises UsageError with the catalogue's reason if the model of that name cannot be had so."""
    reason = catalog.not_as(name, topology.kind)
    if reason:
        raise UsageError(f"{name} cannot be had as {topology}", why=reason)


def listeners(topology: Topology, host: str, port: int) -> list[socket.socket]:
    """A listening socket for each copy, on one port. Raises MachineError where the port is another's."""
    if topology.kind == catalog.PROCESSES:
        import concur.echo.forked  # noqa: F401 # now, since ctypes, which it uses, opens a descriptor for good
    first = listen(host, port)  # without SO_REUSEPORT, which would share the port with whoever else has it
    port = first.getsockname()[1]
    first.close()
    return [listen(host, port, reuse_port=True) for _ in range(topology.count)]


def serve(
    topology: Topology,
    name: str,
    model: ModuleType,
    sockets: list[socket.socket],
    stop: Stop,
    service: Service,
    *,
    shared: bool = False,
) -> None:
    """Serve with one copy for each listener until the stop; their reports come together in `service`.

    shared: there is one listener, and each of the threads has a duplicate of its descriptor.
    """
    if shared:
        sockets += [sockets[0].dup() for _ in range(topology.count - 1)]
    if topology.kind == catalog.PROCESSES:
        _serve_processes(model, sockets, stop, service)
    elif topology.kind == catalog.THREADS:
        _serve_threads(model, sockets, stop, service)
    else:
        _serve_interpreters(name, sockets, stop, service)


def _serve_processes(model: ModuleType, sockets: list[socket.socket], stop: Stop, service: Service) -> None:
    from concur.echo.forked import Children, Work

    def copy(listener: socket.socket) -> Work:
        def work(service: Service) -> None:
            for other in sockets:
                if other is not listener:
                    other.close()
            before = accounting.descriptors()
            model.serve(listener, stop, service)
            listener.close()
            service.end_offload()  # now, or those who computed for us would count as left behind
            service.left |= accounting.left_behind(before)
            service.notes |= observed.gil()  # an import while it served turned on the GIL of this process alone

        return work

    children = Children(stop, service)
    children.fork_all([copy(listener) for listener in sockets])
    for listener in sockets:
        listener.close()
    children.watch()
    children.wait()


def _serve_threads(model: ModuleType, sockets: list[socket.socket], stop: Stop, service: Service) -> None:
    errors: list[BaseException] = []
    services = [service.another() for _ in sockets]

    def run(listener: socket.socket, own: Service) -> None:
        try:
            model.serve(listener, stop, own)
        except BaseException as error:
            errors.append(error)
        finally:
            listener.close()
            stop.request()  # one that ends before the stop ends them all

    for own in services:
        own.follow(stop)
    threads: list[threading.Thread] = []
    try:
        for each in zip(sockets, services, strict=True):
            thread = threading.Thread(target=run, args=each)
            thread.start()
            threads.append(thread)
    except RuntimeError as error:
        errors.append(MachineError(f"cannot start {len(sockets)} threads", why=str(error), do="Ask for fewer."))
        for listener in sockets[len(threads) :]:
            listener.close()
        stop.request()
    stop.wait()
    for thread in threads:
        thread.join()
    for number, own in enumerate(services):
        service.absorb(own.report() | {"worker": number})
    raise_all(list({str(error): error for error in errors}.values()))  # what befell all copies alike, once


def _serve_interpreters(name: str, sockets: list[socket.socket], stop: Stop, service: Service) -> None:
    from concur.echo.isolated import Interpreters

    workers = Interpreters(stop, service)
    for listener in sockets:
        workers.add("concur.serve:load_model", name, listener)
    workers.serve()
