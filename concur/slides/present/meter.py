"""The process between a warden and a block: it starts the block, waits for it, and reports what the kernel counted.

`python -m concur.slides.present.meter` is told by a line on standard input what to run
and for how long. The counters are wait4(2)'s: of the block's process, and of all
children that it has waited for itself. When time is up the block is ended, and
counted all the same; whatever else it has started the warden ends. Standard library
alone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

KIB = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there (getrusage(2))


def main() -> None:
    """Run what the order names, and report."""
    order = json.loads(sys.stdin.readline())
    _tell(order, {"phase": "running"})
    _tell(order, measure(order["command"], order["seconds"]))


def measure(command: list[str], seconds: float) -> dict[str, Any]:
    """Run a command for that long at most: its status (negative: the signal), whether time was up, and its counters."""
    began_ns = time.monotonic_ns()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    is_late = []

    def end(*_: Any) -> None:
        is_late.append(True)
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status, used = os.wait4(child.pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return {
        "status": child.returncode,
        "is_late": bool(is_late),
        "counts": [
            time.monotonic_ns() - began_ns,
            round(used.ru_utime * 1e9),
            round(used.ru_stime * 1e9),
            used.ru_nvcsw,
            used.ru_nivcsw,
            used.ru_minflt,
            used.ru_majflt,
            used.ru_maxrss * KIB,
        ],
    }


def _tell(order: dict[str, Any], words: dict[str, Any]) -> None:
    os.write(order["control"], json.dumps(words | {"nonce": order["nonce"]}).encode() + b"\n")


if __name__ == "__main__":
    main()
