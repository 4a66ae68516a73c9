"""The work of this lab: a computation that never waits, and tells the peer where it is done, and when.

Standard library only, and nothing of this course: it also runs in processes and
subinterpreters that know neither. What must not live here: what is asked of it,
which `checks.py` and `evidence.py` say.
"""

import json
import operator
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

Piece = tuple[int, int, int, tuple[str, int]]  # its number, a seed, how many steps, and the peer's address

FACTOR, MORE, MASK = 1103515245, 12345, 2**31 - 1  # of a linear congruential generator


def crunch(piece: Piece) -> int:
    """Do one piece of work: between its first message and its last it does nothing but compute."""
    number, seed, steps, peer = piece
    with socket.create_connection(peer) as line:
        tell(line, {"what": "begin", "piece": number, **where()})
        answer = compute(seed, steps)
        tell(line, {"what": "end", "piece": number})
    return answer


def tell(line: socket.socket, what: dict[str, Any]) -> None:
    """Send it, and wait until the peer has noted it."""
    line.sendall(json.dumps(what).encode() + b"\n")
    line.recv(1)


def compute(state: int, steps: int) -> int:
    """So many steps of the generator, in bytecode. Its numbers are this call's own, so that threads share nothing."""
    factor, more, mask = FACTOR + state - state, MORE + state - state, MASK + state - state
    for _ in range(steps):
        state = (state * factor + more) & mask
    return state


def answer_to(piece: Piece) -> int:
    """What `crunch` returns for it, at once: two steps are one of another factor, and so are four."""
    _, state, steps, _ = piece
    factor, more = FACTOR, MORE
    while steps:
        if steps & 1:
            state = (state * factor + more) & MASK
        factor, more, steps = factor * factor & MASK, (factor + 1) * more & MASK, steps >> 1
    return state


# Where it runs


def where() -> dict[str, Any]:
    """The process, the interpreter in it, and whether there is a GIL that this holds."""
    return {"pid": os.getpid(), "interpreter": interpreter(), "gil": has_gil()}


def has_gil() -> bool:
    """Whether this interpreter has a GIL now."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def interpreter() -> int:
    """The number of this interpreter in its process; the main one is 0."""
    try:
        import _interpreters  # type: ignore[import-not-found, unused-ignore] # of 3.13
    except ImportError:  # before Python 3.13
        return 0
    return int(_interpreters.get_current()[0])


class Crunch:
    """`crunch`, as a learner gets it: it can be pickled, and is found again where this file cannot be imported."""

    def __call__(self, piece: Piece) -> int:
        return crunch(piece)

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.getitem, (_ThisFile(), "crunch")


class _ThisFile:
    def __reduce__(self) -> tuple[Any, ...]:
        return runpy.run_path, (str(Path(__file__).resolve()),)
