"""Start one target: the program that an interpreter under test executes.

Tier 0: it must run where nothing is installed but what the model is about.

    python -m concur.serve threads --port 0

It binds, listens, and says so in one JSON line on the control descriptor
(standard output unless --control names another), with what it observed of
itself after its imports. With --control it says at its end what it observed
then, what it used, and what it left behind. SIGTERM drains; exit status 0.
"""

import argparse
import importlib
import importlib.util
import json
import math
import os
import resource
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from concur import accounting, catalog, observed, topology
from concur.accounting import descriptors
from concur.echo.contract import READ_BYTES, Service, Stop, listen
from concur.echo.dose import KINDS, Dose
from concur.echo.stop import GRACE_S
from concur.errors import ConcurError, MachineError, UsageError, unknown

if TYPE_CHECKING:
    import socket

    from concur.beside import Beside
    from concur.echo.offload import Offload
    from concur.inside import Asked

MOST_DESCRIPTORS = 65_536  # where the system sets no limit
LONGEST_INTERVAL_S = 1000.0
SUBINTERPRETERS = "subinterpreters"  # the model whose workers are such


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit status; an error is one line on standard error."""
    options = parser().parse_args(arguments)
    try:
        serve(options)
    except ConcurError as error:
        print(f"concur: {error}", file=sys.stderr)  # noqa: T201 # there is no console in tier 0
        return error.status
    return 0


def parser() -> argparse.ArgumentParser:
    """The options; `concur serve` takes the same."""
    options = argparse.ArgumentParser(prog="concur serve", description="Serve the echo service in one model.")
    options.add_argument("model", help="a model's id, an entry point's name, or the path of a file with serve()")
    options.add_argument("--host", default="127.0.0.1", help="the address to listen on (default %(default)s)")
    options.add_argument("--port", type=int, default=0, help="0, the default, takes any that is free")
    options.add_argument("--cpu", type=int, default=0, metavar="UNITS", help="units of computing for each line")
    options.add_argument("--cpu-kind", choices=sorted(KINDS), default="python", help="(default %(default)s)")
    options.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="waiting for each line")
    options.add_argument("--heavy", type=int, default=0, metavar="UNITS", help="units for a line that says «heavy»")
    options.add_argument(
        "--offload", metavar="N:KIND", help="compute in a pool of threads, processes or interpreters: 2:processes"
    )
    options.add_argument(
        "--grace", type=float, default=GRACE_S, metavar="SECONDS", help="time to drain (default %(default)s)"
    )
    options.add_argument(
        "--workers", metavar="N:KIND", help="copies of the model, as processes, threads or interpreters: 2:processes"
    )
    options.add_argument("--pool", type=int, metavar="N", help="workers of a model that has a pool")
    options.add_argument("--udp", action="store_true", help="serve datagrams; port and address are as for TCP")
    options.add_argument(
        "--shared-listener", action="store_true", help="with --workers N:threads: one listener for all of them"
    )
    options.add_argument(
        "--beside", metavar="N:KIND", help="CPU-bound work beside the service, as threads, processes or interpreters"
    )
    options.add_argument("--beside-task", choices=sorted(KINDS), default="python", help="(default %(default)s)")
    options.add_argument("--switch-interval", type=float, metavar="SECONDS", help="sys.setswitchinterval (0.005)")
    options.add_argument("--control", type=int, metavar="FD", help="the descriptor for JSON lines, open already")
    options.add_argument(
        "--ask",
        type=int,
        metavar="FD",
        help="an open socket: for each byte on it, a JSON line of collections and JIT so far; a thread answers",
    )
    return options


def serve(options: argparse.Namespace) -> None:
    """Load the model, listen, say so, serve, and report."""
    observed.watch_gil()
    set_switch_interval(options.switch_interval)
    model = load_model(options.model, udp=options.udp)
    copies = topology_of(options)
    raise_descriptor_limit()
    listeners = sockets_of(options, copies)
    stop = Stop(options.grace)
    service = Service(dose_of(options), pool_of(options), offload_of(options, copies))
    service.follow(stop)
    if not has_workers(options, copies):
        service.start_offload()
    stop.handle_signals()
    company = company_of(options)
    answering = answer(options.ask)
    before = descriptors()
    host, port = listeners[0].getsockname()[:2]
    tell(
        options.control or sys.stdout.fileno(),
        {"event": "ready", "host": host, "port": port, "pid": os.getpid(), "observed": observe(options, service)}
        | ({"beside": company.facts()} if company else {}),
    )
    try:
        if copies:
            topology.serve(copies, options.model, model, listeners, stop, service, shared=options.shared_listener)
        else:
            model.serve(listeners[0], stop, service)
    finally:
        for listener in listeners:
            listener.close()
        if answering:
            answering.end()
        done = {"beside": company.end()} if company else {}
        service.end_offload()
    if options.control:
        tell(options.control, {"event": "end", "observed": observe(options, service)} | account(service, before) | done)
    stop.close()


def sockets_of(options: argparse.Namespace, copies: topology.Topology | None) -> "list[socket.socket]":
    """What is served on: a listener for each copy, or one for all of them; with --udp a socket for datagrams."""
    if options.udp:
        from concur.echo.udp import contract

        return [contract.bind(options.host, options.port)]
    if copies and not options.shared_listener:
        return topology.listeners(copies, options.host, options.port)
    return [listen(options.host, options.port)]


def set_switch_interval(seconds: float | None) -> None:
    """How long a thread may keep the GIL that another one asks for. Raises UsageError for none."""
    if seconds is None:
        return
    if not 0 < seconds <= LONGEST_INTERVAL_S:
        raise UsageError(f"no switch interval of {seconds} s", do=f"Give one above 0, up to {LONGEST_INTERVAL_S:.0f}.")
    sys.setswitchinterval(seconds)


def company_of(options: argparse.Namespace) -> "Beside | None":
    """The CPU-bound work beside the service, begun, if there is to be some."""
    if options.beside is None:
        return None
    from concur.beside import Beside

    workers = topology.parse(options.beside, "--beside")
    return Beside(workers.count, workers.kind, options.beside_task)


def offload_of(options: argparse.Namespace, copies: topology.Topology | None) -> "Offload | None":
    """Where the computing is done, if not inline. Raises UsageError where that cannot be with this model."""
    if options.offload is None:
        return None
    if options.udp:
        raise UsageError("computing for datagrams is done inline", do="Leave --offload or --udp out.")
    from concur.echo.offload import Offload, why_not_from_interpreters

    workers = topology.parse(options.offload, "--offload")
    reason = catalog.not_offloaded(options.model, workers.kind)
    if options.model == SUBINTERPRETERS or (copies and copies.kind == catalog.INTERPRETERS):
        reason = reason or why_not_from_interpreters(workers.kind)
    if reason:
        raise UsageError(f"{options.model} cannot offload to {workers}", why=reason)
    return Offload(workers.count, workers.kind)


def has_workers(options: argparse.Namespace, copies: topology.Topology | None) -> bool:
    """Whether it is workers who serve, each of which offloads by itself."""
    return copies is not None or options.model == SUBINTERPRETERS


def answer(descriptor: int | None) -> "Asked | None":
    """Be ready to be asked over that socket, if there is one. Nothing is even imported for it where nobody will ask."""
    if descriptor is None:
        return None
    from concur.inside import Asked

    return Asked(descriptor)


def topology_of(options: argparse.Namespace) -> topology.Topology | None:
    """The copies asked for, if they are. Raises UsageError for those that the model cannot be had in."""
    if options.workers is None:
        if options.shared_listener:
            raise UsageError("--shared-listener is for several copies", do="Add --workers N:threads.")
        return None
    if options.udp:
        raise UsageError("datagrams are served by one copy", do="Leave --workers or --udp out.")
    copies = topology.parse(options.workers)
    if options.shared_listener and copies.kind != catalog.THREADS:
        raise UsageError(f"{copies} cannot share a listener here", do="Write --workers N:threads.")
    topology.check(copies, options.model)
    return copies


def pool_of(options: argparse.Namespace) -> int | None:
    """The size of the pool: as asked for, else the model's own."""
    if options.pool is not None and not 1 <= options.pool <= topology.MOST:
        raise UsageError(f"no pool has {options.pool} workers", do=f"Give --pool a number from 1 to {topology.MOST}.")
    return options.pool or next((row.pool for row in catalog.MODELS if row.id == options.model), None)


def raise_descriptor_limit() -> None:
    """As many descriptors as this process may have: the usual 1,024 are fewer than the connections some loads hold."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def dose_of(options: argparse.Namespace) -> Dose | None:
    """The dose asked for, or None, which means that bytes are echoed as they come."""
    if not (min(options.cpu, options.heavy) >= 0 and 0 <= options.wait < math.inf):
        raise UsageError("a dose cannot be negative, nor endless", do="Give --cpu, --wait and --heavy 0 or more.")
    dose = Dose(options.cpu, options.cpu_kind, options.wait, options.heavy)
    return dose if options.cpu or options.wait or options.heavy else None


# Finding the model


def load_model(name: str, *, udp: bool = False) -> ModuleType:
    """The module with `serve`: a row of the catalogue, a file, or an entry point of the group concur.models.

    udp: the model's module for datagrams.
    """
    if udp:
        if reason := catalog.not_by_udp(name):
            raise UsageError(f"{name} cannot serve datagrams", why=reason)
        return _from_catalogue(catalog.model(name), "concur.echo.udp")
    if name.endswith(".py") or os.sep in name:
        module = from_file(Path(name))
    elif any(row.id == name for row in catalog.MODELS):
        module = _from_catalogue(catalog.model(name))
    else:
        module = _from_entry_point(name)
    if not callable(getattr(module, "serve", None)):
        raise UsageError(f"{name} has no function serve", do="A model is a module with serve(listener, stop, service).")
    return module


def _from_catalogue(row: catalog.Model, package: str = "concur.echo") -> ModuleType:
    if reason := catalog.missing(row):
        install = f"Install: pip install {' '.join(row.needs)}" if row.needs else ""
        raise MachineError(f"{row.id} cannot run here", why=reason, do=install)
    return importlib.import_module(f"{package}.{row.id}")


def from_file(path: Path) -> ModuleType:
    """A file is run as a script would be: its own folder comes first for what it imports."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}", do="Give the path of a Python file that has serve().")
    sys.path.insert(0, str(path.parent.resolve()))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file", do="Its name has to end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"{path} cannot be imported", why=f"{type(error).__name__}: {error}", do="Run it by itself to see more."
        ) from error
    return module


def _from_entry_point(name: str) -> ModuleType:
    points = entry_points(group="concur.models")
    for point in points:
        if point.name == name:
            loaded: ModuleType = point.load()
            return loaded
    known = [row.id for row in catalog.MODELS] + [point.name for point in points]
    raise unknown("model", name, known, do="`concur models` lists them.")


# What a target says of itself


def tell(descriptor: int, message: dict[str, Any]) -> None:
    """Write one JSON line, whole."""
    line = (json.dumps(message) + "\n").encode()
    while line:
        line = line[os.write(descriptor, line) :]


def observe(options: argparse.Namespace, service: Service) -> dict[str, Any]:
    """What is true of this process now, and what the model has to say of itself."""
    facts = observed.of_this_process(options.model) | {"read_bytes": READ_BYTES}
    if service.is_dosed and options.cpu:
        facts["dose_unit_ns"] = observed.unit_ns(service.dose)
    return facts | service.notes


def account(service: Service, before: set[int]) -> dict[str, Any]:
    """What was served and used in this process's life, its workers included, and what it leaves behind."""
    here = accounting.left_behind(before) | {"connections": len(service.open)}
    words: dict[str, Any] = {
        "accepted": service.accepted,
        "forced": service.forced,
        "left": {name: count + service.left.get(name, 0) for name, count in here.items()},
        "usage": accounting.usage(),
    }
    if service.shares:
        words["shares"] = [service.shares[number] for number in sorted(service.shares)]
    return words


if __name__ == "__main__":
    sys.exit(main())
