"""Known faults put into a target: the library that does it, and the page by which it is told and tells.

Linux alone. What must not live here: measuring what the faults do.
"""

import ctypes
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from concur.bench.plan import Target
from concur.errors import MachineError, TargetError
from concur.load.build import shared_library

PAGE_BYTES = 4096
# The page's numbers, in the order of `struct page` in inject.c.
ORDERS = ("spins", "delay_ns", "lose_every", "stall_every_ns", "stall_ns")
UNUSED = 3
COUNTS = ("received", "sent", "lost", "stalls", "stalled_ns", "delays", "delayed_ns", "samples", "sampled_ns")
WORDS = len(ORDERS) + UNUSED + len(COUNTS) + 1  # the last is when the next stall is due

SPINS = 4_000_000  # about 5 ms of the fixed computation, to find what one turn takes
TRIES = 20


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to a server; nothing by default.

    spins: turns of a fixed computation for each message received. delay_ns: a
    sleep before each send. lose_every: each so-many-th send is swallowed.
    stall_every_ns, stall_ns: once in each such span, the next send sleeps so long.
    """

    spins: int = 0
    delay_ns: int = 0
    lose_every: int = 0
    stall_every_ns: int = 0
    stall_ns: int = 0


class Counts(NamedTuple):
    """What was done so far, over all processes and threads of the target."""

    received: int
    sent: int
    lost: int
    stalls: int
    stalled_ns: int
    delays: int
    delayed_ns: int
    samples: int
    sampled_ns: int

    def minus(self, earlier: "Counts") -> "Counts":
        """What was done between two readings."""
        return Counts(*(late - early for late, early in zip(self, earlier, strict=True)))


class Injector:
    """One page, for one target or for one variant of it: `into` makes the target with the library loaded.

    Orders may change while it runs. Raises MachineError where nothing can be preloaded, or compiled.
    """

    def __init__(self, page: Path, orders: Orders | None = None) -> None:
        self.library, self.page = library(), page
        page.write_bytes(bytes(PAGE_BYTES))
        self._words = np.memmap(page, dtype=np.uint64, mode="r+", shape=(WORDS,))
        self.order(orders or Orders())

    def order(self, orders: Orders) -> None:
        """From now on, this is done."""
        for at, number in enumerate(msgspec.structs.astuple(orders)):
            self._words[at] = number

    def counts(self) -> Counts:
        """What was done since the page was made."""
        start = len(ORDERS) + UNUSED
        return Counts(*(int(word) for word in self._words[start : start + len(COUNTS)]))

    def into(self, target: Target) -> Target:
        """The target with the library in it: a variant of the plain one."""
        env = target.env | {"LD_PRELOAD": str(self.library), "CONCUR_INJECT": str(self.page)}
        return msgspec.structs.replace(target, env=env)

    def check(self, messages: int) -> None:
        """Raise TargetError where the library did not see so many messages: nothing was injected into the others."""
        seen = self.counts().received
        if seen < messages:
            why = f"of {messages} messages, the library that was preloaded saw {seen}"
            raise TargetError("nothing can be injected into this target", why=why)


def library() -> Path:
    """The library, compiled at first use. Raises MachineError where it cannot be had."""
    if sys.platform != "linux":
        raise MachineError("nothing can be injected", why="it needs Linux's LD_PRELOAD")
    source = resources.files("concur.bench.calibration").joinpath("inject.c").read_bytes()
    return shared_library(source, "inject.so")


def spin_ns() -> float:
    """CPU time of one turn of the fixed computation on the CPU that this thread runs on, the quickest of some tries."""
    spin: Any = ctypes.CDLL(str(library())).concur_spin
    spin.argtypes, spin.restype = [ctypes.c_uint64], ctypes.c_uint64
    return min(_timed(spin) for _ in range(TRIES)) / SPINS


def _timed(spin: Any) -> int:
    began_ns = time.thread_time_ns()
    spin(SPINS)
    return time.thread_time_ns() - began_ns
