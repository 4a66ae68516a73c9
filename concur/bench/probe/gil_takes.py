"""How often threads ask for the GIL again after a call that released it: a probe on PyEval_RestoreThread. Tier 1.

Every CPython exports that function, by which a thread comes back from whatever
it did without the GIL. What is not counted: a thread that is made to give the
GIL up within bytecode, and takes it again there. The kernel counts by an int3
in the code (kernel doc trace/uprobetracer.rst), about 1 to 2 µs a call, in every
process that runs the same file; only the target's are counted.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from concur.bench.probe.tracing import tracefs
from concur.errors import MachineError

FUNCTION = "PyEval_RestoreThread"
GROUP = "concur"
EVENT = "takes_"  # and the number of the process that made it: perf keeps names apart over all groups
PATIENCE_S = 15.0


@contextmanager
def probe_on(images: list[str]) -> Iterator[str]:
    """A tracepoint for as long as the context lasts, in the first of these files that has the function; its name.

    Raises MachineError where there can be none.
    """
    _sweep()
    event = f"{EVENT}{os.getpid()}"
    why = ""
    for image in images:
        why = _perf_probe("-x", image, "--add", f"{GROUP}:{event}={FUNCTION}")
        if not why:
            break
    else:
        raise MachineError(f"there can be no probe on {FUNCTION}", why=why or "no image of an interpreter was found")
    try:
        yield f"{GROUP}:{event}"
    finally:
        _perf_probe("--del", f"{GROUP}:{event}")


def _perf_probe(*words: str) -> str:
    """Why perf did not do it; empty if it did. Its cache of build ids goes nowhere: it is of no use to anybody."""
    with tempfile.TemporaryDirectory() as cache:
        command = ["perf", "--buildid-dir", cache, "probe", "--quiet", *words]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"perf probe does not run: {error}"
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"perf probe ended with status {done.returncode}"])[0]


def _sweep() -> None:
    """Remove the probes of processes that were killed before they could."""
    for owner in owners(_probes()):
        if not Path("/proc", str(owner)).exists():
            _perf_probe("--del", f"{GROUP}:{EVENT}{owner}")


def _probes() -> str:
    place = tracefs()
    try:
        return (place / "uprobe_events").read_text() if place else ""
    except OSError:
        return ""


def owners(probes: str) -> set[int]:
    """The processes that made probes of ours, by the kernel's list of all: «p:GROUP/EVENT PATH:OFFSET» a line."""
    return {int(number) for number in re.findall(rf"^p:{GROUP}/{EVENT}(\d+) ", probes, re.MULTILINE)}
