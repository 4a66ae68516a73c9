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
import platform
import resource
import sys
import sysconfig
import threading
import time
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from types import ModuleType
from typing import Any

from concur import catalog
from concur.echo.contract import GRACE_S, READ_BYTES, Service, Stop, listen
from concur.echo.dose import KINDS, Dose
from concur.errors import ConcurError, MachineError, UsageError, unknown

MOST_DESCRIPTORS = 65_536  # where the system sets no limit
UNIT_SAMPLE = 200  # units of the dose, measured once before serving


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
    options.add_argument("--control", type=int, metavar="FD", help="the descriptor for JSON lines, open already")
    return options


def serve(options: argparse.Namespace) -> None:
    """Load the model, listen, say so, serve, and report."""
    model = load_model(options.model)
    raise_descriptor_limit()
    listener = listen(options.host, options.port)
    stop = Stop(options.grace)
    service = Service(dose_of(options))
    stop.on_request(service.drain)
    stop.on_grace_over(service.force)
    stop.handle_signals()
    before = descriptors()
    host, port = listener.getsockname()[:2]
    tell(
        options.control or sys.stdout.fileno(),
        {"event": "ready", "host": host, "port": port, "pid": os.getpid(), "observed": observe(options, service)},
    )
    try:
        model.serve(listener, stop, service)
    finally:
        listener.close()
    if options.control:
        tell(options.control, {"event": "end", "observed": observe(options, service)} | account(service, before))
    stop.close()


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
        raise MachineError(f"{row.id} cannot run here", why=reason, do=f"Install: pip install {' '.join(row.needs)}")
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
    """What is true of this process now: which Python, whether its GIL and its JIT are on, versions, the dose's unit."""
    facts: dict[str, Any] = {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "executable": sys.executable,
        "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": is_gil_enabled(),
        "jit": is_jit_enabled(),
        "compiler": platform.python_compiler(),
        "build_flags": str(sysconfig.get_config_var("CONFIG_ARGS") or ""),
        "libraries": library_versions(options.model),
        "read_bytes": READ_BYTES,
    }
    if service.is_dosed and options.cpu:
        facts["dose_unit_ns"] = measure_unit_ns(service.dose)
    return facts | service.notes


def is_gil_enabled() -> bool:
    """Whether the GIL is on now; on a free-threaded build an import may have turned it on."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def is_jit_enabled() -> bool:
    """Whether a JIT compiles this process's code."""
    if platform.python_implementation() == "PyPy":
        return "pypyjit" in sys.builtin_module_names
    jit = getattr(sys, "_jit", None)  # CPython 3.14 and later
    return bool(jit and jit.is_enabled())


def library_versions(name: str) -> dict[str, str]:
    """The versions of the libraries that a model of the catalogue is about."""
    needs = [need for row in catalog.MODELS if row.id == name for need in row.needs]
    versions = {}
    for need in needs:
        try:
            versions[need] = version(need)
        except PackageNotFoundError:
            versions[need] = str(getattr(sys.modules.get(need), "__version__", "unknown"))
    return versions


def measure_unit_ns(dose: Dose) -> float:
    """Nanoseconds that one unit of this dose's computing takes here, warm."""
    sample = Dose(UNIT_SAMPLE, dose.kind)
    sample.compute()
    began_ns = time.perf_counter_ns()
    sample.compute()
    return (time.perf_counter_ns() - began_ns) / UNIT_SAMPLE


def account(service: Service, before: set[int]) -> dict[str, Any]:
    """What the process used in its life, its waited-for children included, and what it leaves behind."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "accepted": service.accepted,
        "forced": service.forced,
        "left": {
            "threads": threading.active_count() - 1,
            "connections": len(service.open),
            "descriptors": len(descriptors() - before),
            "children": count_children(),
        },
        "usage": {
            "user_s": own.ru_utime + children.ru_utime,
            "system_s": own.ru_stime + children.ru_stime,
            "voluntary_switches": own.ru_nvcsw + children.ru_nvcsw,
            "involuntary_switches": own.ru_nivcsw + children.ru_nivcsw,
            "minor_faults": own.ru_minflt + children.ru_minflt,
            "maximum_rss_kib": own.ru_maxrss,
        },
    }


def descriptors() -> set[int]:
    """The numbers of this process's open descriptors, as far as the system tells; not that of the asking itself."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return {int(name) for name in os.listdir(folder) if name.isdigit() and is_open(int(name))}


def is_open(descriptor: int) -> bool:
    """Whether a descriptor's number means anything now."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def count_children() -> int:
    """How many children are there still, running or unwaited for."""
    try:
        return sum(len(Path(task, "children").read_text().split()) for task in Path("/proc/self/task").iterdir())
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN, or no /proc
        return 0


if __name__ == "__main__":
    sys.exit(main())
