"""What threads do to an object that they share, or have one each: each a loop that counts its own operations.

Every work is called as work(gate, ours, seconds, number): `ours` is what the
threads were given, the same object to share or one of their own. A module of its own keeps the loops alike:
the operation is what differs, a batch at a time between two looks at the clock.
"""

import marshal
import sys
import time
from collections.abc import Callable
from typing import Any

from concur.gil.inside.crew import Gate

BATCH = 2000
IMMORTAL = 2**28  # references, and more, are said of an object that has no count of them
STEPS = f"""
def batch():
    state = 1
    for _ in range({BATCH}):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
"""


class Box:
    """A number that can be added to."""

    def __init__(self) -> None:
        self.value = 0


def one() -> int:
    """1, by a call: between reading and writing there is a place where threads are switched."""
    return 1


def looped(gate: Gate, batch: Callable[[], object], seconds: float) -> dict[str, Any]:
    """Batches for so long, after the gate; how many operations, in what time."""
    batch()
    gate.wait()
    made, began_ns = 0, time.monotonic_ns()
    end_ns = began_ns + int(seconds * 1e9)
    while (now_ns := time.monotonic_ns()) < end_ns:
        batch()
        made += BATCH
    return {"made": made, "took_ns": now_ns - began_ns}


def add(gate: Gate, box: Box, seconds: float, _number: int) -> dict[str, Any]:
    """`value += 1`"""

    def batch() -> None:
        for _ in range(BATCH):
            box.value += 1

    return looped(gate, batch, seconds)


def add_by_call(gate: Gate, box: Box, seconds: float, _number: int) -> dict[str, Any]:
    """`value += one()`"""

    def batch() -> None:
        for _ in range(BATCH):
            box.value += one()

    return looped(gate, batch, seconds)


def add_locked(gate: Gate, ours: tuple[Box, Any], seconds: float, _number: int) -> dict[str, Any]:
    """`with lock: value += 1`"""
    box, lock = ours

    def batch() -> None:
        for _ in range(BATCH):
            with lock:
                box.value += 1

    return looped(gate, batch, seconds)


def take_next(gate: Gate, counter: Any, seconds: float, _number: int) -> dict[str, Any]:
    """`next(counter)` of an itertools.count."""

    def batch() -> None:
        for _ in range(BATCH):
            next(counter)

    return looped(gate, batch, seconds)


def count_own(gate: Gate, table: dict[tuple[int, int], int], seconds: float, number: int) -> dict[str, Any]:
    """`table[key] = table.get(key, 0) + 1`, of keys that no other thread has."""
    return _count(gate, table, seconds, [(number, place) for place in range(64)])


def count_same(gate: Gate, table: dict[tuple[int, int], int], seconds: float, _number: int) -> dict[str, Any]:
    """The same of keys that all threads have."""
    return _count(gate, table, seconds, [(0, place) for place in range(64)])


def _count(gate: Gate, table: dict[Any, int], seconds: float, keys: list[tuple[int, int]]) -> dict[str, Any]:
    def batch() -> None:
        for place in range(BATCH):
            key = keys[place & 63]
            table[key] = table.get(key, 0) + 1

    return looped(gate, batch, seconds)


def refer(gate: Gate, thing: list[object], seconds: float, _number: int) -> dict[str, Any]:
    """Take a reference to an object, and drop it: its count goes up and down, if it has one."""
    own = list(thing)  # or else what holds the object would be shared, and counted

    def batch() -> None:
        for _ in range(BATCH):
            _refers(own[0])

    return looped(gate, batch, seconds)


def refer_to_own(gate: Gate, _ours: None, seconds: float, number: int) -> dict[str, Any]:
    """The same of an object that this thread has made."""
    return refer(gate, [object()], seconds, number)


def _refers(thing: object) -> object:
    return thing


def step(gate: Gate, batch: Callable[[], object], seconds: float, _number: int) -> dict[str, Any]:
    """A linear congruential generator's steps, whose numbers are constants of the code."""
    return looped(gate, batch, seconds)


def just_compiled() -> Callable[[], object]:
    """The steps as of a module's first import, before there is a .pyc of it."""
    return _steps(compile(STEPS, "steps", "exec"))


def read_from_pyc() -> Callable[[], object]:
    """The same as of any later import."""
    return _steps(marshal.loads(marshal.dumps(compile(STEPS, "steps", "exec"))))


def _steps(code: Any) -> Callable[[], object]:
    made: dict[str, Any] = {}
    exec(code, made)
    batch: Callable[[], object] = made["batch"]
    return batch


def counted(batch: Any) -> int | None:
    """How many of its constants have their references counted; None where nothing has, as on PyPy."""
    if not hasattr(sys, "getrefcount"):
        return None
    constants = {constant for constant in batch.__code__.co_consts if isinstance(constant, int)}
    return sum(sys.getrefcount(constant) < IMMORTAL for constant in constants)
