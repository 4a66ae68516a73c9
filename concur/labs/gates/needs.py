"""What a lab or a check needs of the machine and the interpreter, and whether it is there. Tier 0; asked inside it."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable


def missing(needs: Iterable[str]) -> str:
    """The reason why the first of these needs is not met here; empty if all are."""
    return next((reason for reason in (TESTS[need]() for need in needs) if reason), "")


def is_gil_enabled() -> bool:
    """Whether this interpreter has a GIL, and it is on."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def _linux() -> str:
    return "" if sys.platform == "linux" else f"needs Linux, this is {sys.platform}"


def _fork() -> str:
    return "" if hasattr(os, "fork") else "needs fork, which this system has not"


def _gil() -> str:
    return "" if is_gil_enabled() else "needs an interpreter with a GIL, this one runs without"


def _no_gil() -> str:
    return "needs an interpreter without a GIL: -i 3.14t, say" if is_gil_enabled() else ""


def _greenlet() -> str:
    return "" if importlib.util.find_spec("greenlet") else "needs greenlet, which is not installed for this interpreter"


def _subinterpreters() -> str:
    if sys.implementation.name == "cpython" and sys.version_info >= (3, 14):
        return ""
    return "needs subinterpreters: CPython 3.14 or newer"


def _kernel_counts() -> str:
    """A sandbox's kernel may leave them at zero."""
    try:
        import resource
    except ImportError:
        return "needs the kernel's counts (getrusage), which this system has not"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(8 << 20)[:: 4 << 10] = b"x" * 2048
    has_counted = resource.getrusage(resource.RUSAGE_SELF).ru_minflt > before
    return "" if has_counted else "needs the kernel's counts of page faults, which stay at zero here"


TESTS: dict[str, Callable[[], str]] = {
    "linux": _linux,
    "fork": _fork,
    "gil": _gil,
    "no-gil": _no_gil,
    "greenlet": _greenlet,
    "subinterpreters": _subinterpreters,
    "kernel-counts": _kernel_counts,
}
