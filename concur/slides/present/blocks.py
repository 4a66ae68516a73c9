"""A block of a deck, run as the program that it is, in a process of its own and within limits.

The labs' warden keeps the limits and ends everything that a block has started; the
meter beneath it counts. One block runs at a time, so that it is counted alone.
"""

import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from concur.errors import ConcurError, UsageError, unknown
from concur.labs import child
from concur.labs.job import EXIT, MEMORY, MIB, OUTPUT, PROCESSES, RESULT, TIME, Ended, Job, Limits
from concur.slides.counts import Counts, Row, rows
from concur.slides.deck import Block

METER = "concur.slides.present.meter"
SECONDS = 15.0  # what the decks may take is less
AFTER_S = 5.0  # for the meter to tell, once it has ended a block that is late
LIMITS = Limits(SECONDS + AFTER_S, 1024 * MIB, processes=100, output_bytes=MIB)
DROPPED = ("PYTHONSTARTUP", "PYTHONHOME", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONUNBUFFERED")
EMPTY = Block(0, "python", "")  # a program that does nothing shows what Python's own start costs


class Ran(NamedTuple):
    """What became of a block: what it printed (the two ends, if that is long), what went wrong, what was counted."""

    output: str
    problem: str
    counts: Counts | None


class BusyError(ConcurError):
    """Another block is running."""

    status = 1


class Stage:
    """The blocks that can be run. Nothing else can."""

    def __init__(self, blocks: Mapping[str, Block], limits: Limits = LIMITS) -> None:
        self._blocks, self._limits, self._is_taken = dict(blocks), limits, threading.Lock()

    def run(self, name: str) -> dict[str, Any]:
        """Run the block of that name: what a page shows of it.

        Raises UsageError for a name that no block has, BusyError while another one runs.
        """
        if name not in self._blocks:
            raise _forged(name, self._blocks)
        if not self._is_taken.acquire(blocking=False):
            raise BusyError("another block is running", do="Wait for its end.")
        try:
            block = self._blocks[name]
            ran = run_block(block, self._limits)
            return {"block": name, **shown(ran, block, self._start)}
        finally:
            self._is_taken.release()

    @cached_property
    def _start(self) -> Counts | None:
        """What a program that does nothing costs."""
        return run_block(EMPTY, self._limits).counts


def _forged(name: str, blocks: Mapping[str, Block]) -> UsageError:
    return unknown("block", name[:80], blocks) if blocks else UsageError("unknown block", why="the decks have none")


def shown(ran: Ran, block: Block, start: Counts | None) -> dict[str, Any]:
    """It as plain data: each counter, and what of it is Python's own start."""
    counted = rows(ran.counts, block.counters) if ran.counts else []
    empty: dict[str, Row] = {row.name: row for row in rows(start)} if start else {}
    told = [row._asdict() | {"start": empty[row.name].value if row.name in empty else ""} for row in counted]
    return {"output": ran.output, "problem": ran.problem, "counters": told}


def run_block(block: Block, limits: Limits = LIMITS) -> Ran:
    """Run it, in a folder of its own that is gone afterwards. Raises MachineError where no process is to be had."""
    with tempfile.TemporaryDirectory(prefix="concur-slides-", ignore_cleanup_errors=True) as scratch:
        program = Path(scratch) / f"{block.run or 'empty'}.py"
        program.write_text(block.text, encoding="utf-8")
        ended = child.run(Job(_python("-m", METER), _environment(), scratch, _order(program, limits), limits))
    return _ran(ended, limits)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-P", *arguments]


def _environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return env | {"PYTHONPATH": str(child.SOURCES), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _order(program: Path, limits: Limits) -> dict[str, Any]:
    return {
        "nonce": secrets.token_hex(16),
        "watchers": [],
        "stacks": str(program.parent / "stacks"),
        "function": "measure",  # that it is there makes the warden pass this order on
        "command": _python(str(program)),
        "seconds": limits.seconds - AFTER_S,
    }


def _ran(ended: Ended, limits: Limits) -> Ran:
    told = ended.told or {}
    counts = Counts(*told["counts"]) if "counts" in told else None
    return Ran(ended.output, _problem(ended, told, limits), counts)


def _problem(ended: Ended, told: Mapping[str, Any], limits: Limits) -> str:
    """How it ended, if otherwise than well."""
    words = {
        TIME: f"it was ended after {limits.seconds:.0f} s",
        MEMORY: f"it was ended: it took more than {limits.memory_bytes // MIB:,} MiB of memory",
        PROCESSES: f"it was ended: it had more than {limits.processes} processes",
        OUTPUT: f"it was ended: it printed more than {limits.output_bytes // MIB or 1} MiB",
    }
    if ended.why in words:
        return words[ended.why]
    if ended.why not in (RESULT, EXIT) or "status" not in told:
        return f"it could not be run: {ended.problem or ended.why}"
    if told["is_late"]:
        return f"it was ended after {limits.seconds - AFTER_S:.0f} s"
    status = told["status"]
    if status == 0:
        return ""
    return f"it ended with status {status}" if status > 0 else f"it was ended by signal {-status}"
