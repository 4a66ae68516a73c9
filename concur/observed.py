"""What a target says of itself: which Python it is, whether its GIL and its JIT are on, what it has loaded. Tier 0.

All of it is asked of the running process, after its imports and again at its
end, since an import may change what an executable's name promises.
"""

import platform
import re
import sys
import sysconfig
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TextIO

from concur import catalog
from concur.echo.dose import Dose

GIL_CAME_BACK = r"The global interpreter lock \(GIL\) has been enabled to load module '([^']+)'"
UNIT_SAMPLE = 200  # units of the dose, measured once before serving

_turned_gil_on: list[str] = []  # the modules that did


def of_this_process(model: str) -> dict[str, Any]:
    """Which Python this is, and in what state; the versions of the libraries that the model is about."""
    facts = {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "executable": sys.executable,
        "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": False,
        "jit": is_jit_enabled(),
        "compiler": compiler(),
        "build_flags": str(sysconfig.get_config_var("CONFIG_ARGS") or ""),
        "libraries": library_versions(model),
    }
    return facts | gil()


def gil() -> dict[str, Any]:
    """That the GIL is on, and what turned it on if something did; nothing where it is off."""
    if not is_gil_enabled():
        return {}
    return {"gil": True} | ({"gil_turned_on_by": ", ".join(_turned_gil_on)} if _turned_gil_on else {})


def compiler() -> str:
    """What built this interpreter: PyPy says so in its version alone."""
    said = re.search(r"with (.+)\]", sys.version)
    return platform.python_compiler().strip() or (said[1] if said else "")


def is_gil_enabled() -> bool:
    """Whether the GIL is on now; on a free-threaded build an import may have turned it on."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def watch_gil() -> None:
    """On a free-threaded build without its GIL, note which module turns it back on, now or while it serves.

    The import says so in a warning alone (CPython's Python/import.c), which would break a server's silence besides.
    """
    if is_gil_enabled():
        return
    show = warnings.showwarning

    def note(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if found := re.match(GIL_CAME_BACK, str(message)):
            _turned_gil_on.append(found[1])
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = note
    warnings.filterwarnings("always", GIL_CAME_BACK, RuntimeWarning)  # whatever PYTHONWARNINGS says


def is_jit_enabled() -> bool:
    """Whether a JIT compiles this process's code."""
    if platform.python_implementation() == "PyPy":
        return "pypyjit" in sys.builtin_module_names
    jit = getattr(sys, "_jit", None)  # CPython 3.14 and later
    return bool(jit and jit.is_enabled())


def library_versions(name: str) -> dict[str, str]:
    """The versions of the libraries that a model of the catalogue is about."""
    needs = [need for row in catalog.MODELS if row.id == name for need in row.needs]
    return {need: library_version(need) for need in needs}


def library_version(name: str) -> str:
    """A library's version, by its metadata, else (PyPy's own libraries have none) as it says itself once imported."""
    try:
        return version(name)
    except PackageNotFoundError:
        return str(getattr(sys.modules.get(name), "__version__", "unknown"))


def unit_ns(dose: Dose) -> float:
    """Nanoseconds that one unit of this dose's computing takes here, warm."""
    sample = Dose(UNIT_SAMPLE, dose.kind)
    sample.compute()
    began_ns = time.perf_counter_ns()
    sample.compute()
    return (time.perf_counter_ns() - began_ns) / UNIT_SAMPLE
