"""Updates that two threads really lose, on this interpreter and on a free-threaded one. Decides nothing.

Each pair of threads adds 2 × 100,000 times, with nobody to tell the scheduler what to do.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROUNDS = 100_000
INTERVAL_S = (
    1e-4  # the GIL is asked for fifty times as often as by default: else a run as short as this has few switches
)
TRIES = 3  # the one that loses most counts: on a busy machine two threads may never meet
NAMES = ("python3.13t", "python3.14t", "python3.15t", "python3.16t")
SECONDS = 20


class Box:
    """What the threads share."""

    def __init__(self) -> None:
        self.sold = 0
        self.lock = threading.Lock()


def one() -> int:
    return 1


def plus_one(box: Box) -> None:
    for _ in range(ROUNDS):
        box.sold += 1


def plus_call(box: Box) -> None:
    for _ in range(ROUNDS):
        box.sold += one()


def plus_locked(box: Box) -> None:
    for _ in range(ROUNDS):
        with box.lock:
            box.sold += one()


BODIES = {"lost_plus_one": plus_one, "lost_plus_call": plus_call, "lost_locked": plus_locked}


def lost(body: Callable[[Box], None]) -> int:
    """How many of 2 × 100,000 updates are missing in the end. Both threads begin together."""
    box, gate = Box(), threading.Barrier(2)

    def work() -> None:
        gate.wait()
        body(box)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * ROUNDS - box.sold


def losses() -> dict[str, float]:
    """By kind of update, on the interpreter that runs this."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(INTERVAL_S)
    try:
        return {name: float(max(lost(body) for _ in range(TRIES))) for name, body in BODIES.items()}
    finally:
        sys.setswitchinterval(usual_s)


def measure(work: ModuleType) -> dict[str, float | str]:
    """Lost updates of each kind; and without a GIL, where such a Python was found."""
    found: dict[str, float | str] = dict(losses())
    free = found if sysconfig.get_config_var("Py_GIL_DISABLED") else elsewhere()
    if "lost_plus_one" in free:
        found["free_lost_plus_one"] = free["lost_plus_one"]
        found["without_a_gil"] = LOSES if free["lost_plus_one"] else LOSES_NOT
    return found


LOSES, LOSES_NOT = "it loses some", "it loses none"


def elsewhere() -> dict[str, float | str]:
    """The same on a free-threaded Python, if one is on PATH or in CONCUR_INTERPRETER_PATH."""
    path = os.pathsep.join(filter(None, (os.environ.get("CONCUR_INTERPRETER_PATH"), os.environ.get("PATH"))))
    for name in NAMES:
        if executable := shutil.which(name, path=path):
            command = [executable, str(Path(__file__).resolve())]
            try:
                said = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True).stdout
                measured: dict[str, float | str] = json.loads(said)
            except (OSError, subprocess.SubprocessError, ValueError):
                continue
            return measured
    return {}


def explain(measured: dict[str, object]) -> str:
    """The right choice, by what was seen here."""
    return "no-place" if measured.get("lost_plus_one") == 0 else "two-cores"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(losses()))
