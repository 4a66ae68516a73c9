"""The learner's program, run as she would run it by hand: `python work.py`, but within limits. Tier 1.

What it prints is shown, nothing is judged. What must not live here: checks
(`checking.py`), and measurements (`evidence.py`).
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from concur.labs import child
from concur.labs.job import EXIT, MEMORY, MIB, OUTPUT, PROCESSES, RESULT, START_S, TIME, Job, Limits

MEMORY_BYTES, PROCESSES_MOST, OUTPUT_BYTES = 1024 * MIB, 100, 8 * MIB
WORDS = {
    TIME: f"it was ended after {START_S:.0f} s",
    MEMORY: f"it was ended: it took more than {MEMORY_BYTES // MIB:,} MiB of memory",
    PROCESSES: f"it was ended: it had more than {PROCESSES_MOST} processes",
    OUTPUT: f"it was ended: it printed more than {OUTPUT_BYTES // MIB} MiB",
}


class Shown(NamedTuple):
    """What the program printed, its two ends if that is long; and how it ended, if otherwise than well."""

    output: str
    problem: str


def run_demo(work: Path) -> Shown:
    """Run the file as a program. Raises MachineError where no process is to be had."""
    with tempfile.TemporaryDirectory(prefix="concur-labs-") as scratch:
        ended = child.run(
            Job(
                command=[sys.executable, str(work)],
                env=_environment(),
                folder=str(work.parent),
                order={"nonce": "", "watchers": [], "stacks": str(Path(scratch) / "stacks")},
                limits=Limits(START_S, MEMORY_BYTES, PROCESSES_MOST, output_bytes=OUTPUT_BYTES),
            )
        )
    if ended.why not in (EXIT, RESULT):
        return Shown(ended.output, WORDS.get(ended.why, f"it was ended: {ended.problem or ended.why}"))
    return Shown(ended.output, _status(ended.status))


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}


def _status(status: int | None) -> str:
    if not status:
        return ""
    return f"it ended with status {status}" if status > 0 else f"it was ended by signal {-status}"
