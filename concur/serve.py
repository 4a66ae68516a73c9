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
    from concur.inside import Asked

MOST_DESCRIPTORS = 65_536  # where the system sets no limit


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
    options.add_argument(
        "--grace", type=float, default=GRACE_S, metavar="SECONDS", help="time to drain (default %(default)s)"
    )
    options.add_argument(
        "--workers", metavar="N:KIND", help="copies of the model, as processes, threads or interpreters: 2:processes"
    )
    options.add_argument("--pool", type=int, metavar="N", help="workers of a model that has a pool")
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
    model = load_model(options.model)
    copies = topology_of(options)
    raise_descriptor_limit()
    listeners = (
        topology.listeners(copies, options.host, options.port) if copies else [listen(options.host, options.port)]
    )
    stop = Stop(options.grace)
    service = Service(dose_of(options), pool_of(options))
    service.follow(stop)
    stop.handle_signals()
    answering = answer(options.ask)
    before = descriptors()
    host, port = listeners[0].getsockname()[:2]
    tell(
        options.control or sys.stdout.fileno(),
        {"event": "ready", "host": host, "port": port, "pid": os.getpid(), "observed": observe(options, service)},
    )
    try:
        if copies:
            topology.serve(copies, options.model, model, listeners, stop, service)
        else:
            model.serve(listeners[0], stop, service)
    finally:
        for listener in listeners:
            listener.close()
        if answering:
            answering.end()
    if options.control:
        tell(options.control, {"event": "end", "observed": observe(options, service)} | account(service, before))
    stop.close()


def answer(descriptor: int | None) -> "Asked | None":
    """Be ready to be asked over that socket, if there is one. Nothing is even imported for it where nobody will ask."""
    if descriptor is None:
        return None
    from concur.inside import Asked

    return Asked(descriptor)


def topology_of(options: argparse.Namespace) -> topology.Topology | None:
    """The copies asked for, if they are. Raises UsageError for those that the model cannot be had in."""
    if options.workers is None:
        return None
    copies = topology.parse(options.workers)
    topology.check(copies, options.model)
    return copies


def pool_of(options: argparse.Namespace) -> int | None:
    """The size of the pool: as asked for, else the model's own."""
    if options.pool is not None and options.pool < 1:
        raise UsageError(f"a pool of {options.pool} is none", do="Give --pool a number of 1 or more.")
    return options.pool or next((row.pool for row in catalog.MODELS if row.id == options.model), None)


def raise_descriptor_limit() -> None:
    """As many descriptors as this process may have: the usual 1,024 are fewer than the connections some loads hold."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def dose_of(options: argparse.Namespace) -> Dose | None:
    """The dose asked for, or None, which means that bytes are echoed as they come."""
    if options.cpu < 0 or options.wait < 0:
        raise UsageError("a dose cannot be negative", do="Give --cpu and --wait numbers of 0 or more.")
    return Dose(options.cpu, options.cpu_kind, options.wait) if options.cpu or options.wait else None


# Finding the model


def load_model(name: str) -> ModuleType:
    """The module with `serve`: a row of the catalogue, a file, or an entry point of the group concur.models."""
    if name.endswith(".py") or os.sep in name:
        module = _from_file(Path(name))
    elif any(row.id == name for row in catalog.MODELS):
        module = _from_catalogue(catalog.model(name))
    else:
        module = _from_entry_point(name)
    if not callable(getattr(module, "serve", None)):
        raise UsageError(f"{name} has no function serve", do="A model is a module with serve(listener, stop, service).")
    return module


def _from_catalogue(row: catalog.Model) -> ModuleType:
    if reason := catalog.missing(row):
        install = f"Install: pip install {' '.join(row.needs)}" if row.needs else ""
        raise MachineError(f"{row.id} cannot run here", why=reason, do=install)
    return importlib.import_module(f"concur.echo.{row.id}")


def _from_file(path: Path) -> ModuleType:
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
    except Exception as error:
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
