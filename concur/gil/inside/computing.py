"""One worker that computes. A module of its own, since a subinterpreter has to import what it shall call."""

import os
import time
from typing import Any

from concur.echo.dose import KINDS
from concur.gil.inside.crew import Gate

PIECE_UNITS = 50  # between two looks at the clock: about 0.5 ms, and of `released` a call that is worth letting go for


def compute(gate: Gate, kind: str, seconds: float, cpu: int) -> dict[str, Any]:
    """One worker, on a CPU of its own where that can be asked for: units, and the nanoseconds that they took."""
    is_pinned = pin(cpu)
    piece, units = KINDS[kind], 0
    piece(PIECE_UNITS)  # warm
    gate.wait()
    began_ns = now_ns = time.monotonic_ns()
    end_ns = began_ns + int(seconds * 1e9)
    while now_ns < end_ns:
        piece(PIECE_UNITS)
        units += PIECE_UNITS
        now_ns = time.monotonic_ns()
    return {"units": units, "took_ns": now_ns - began_ns, "pinned": is_pinned}


def pin(cpu: int) -> bool:
    """Bind this thread to a CPU (sched_setaffinity(2): pid 0 is the calling thread); whether that could be done."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {cpu})
    return True
