"""The dose: the work done for each message. Tier 0.

Its CPU part is a fixed computation and never a fixed time, since a slower
interpreter must show as slower. One unit is what CPython 3.11 does in about
10 µs. There are three kinds, because the GIL tells them apart:

    python     bytecode, which holds the GIL but for the switch interval
    held       C code that keeps the GIL: CRC-32 of a block too small to let go for
    released   C code that lets go of it: the same CRC-32 over the same bytes at once

(zlib releases the GIL for buffers of more than 5 KiB: Modules/zlibmodule.c. PyPy
releases it around every call, so `held` is not held there.)
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

HEAVY = b"heavy\n"
PYTHON_STEPS = 110  # of the loop below, a unit
HELD_BYTES = 4096  # below zlib's bound for letting the GIL go
HELD_BLOCKS = 9  # a unit
BLOCK = bytes(range(256)) * (HELD_BYTES // 256)


def compute_python(units: int) -> int:
    """A linear congruential generator's steps, in bytecode.

    Its numbers are this call's own. Were they constants, CPython 3.13t would have threads wait for each other at
    every step where the module was not read from a .pyc: it counts references to those. See `concur.gil.sharing`.
    """
    state = 1
    factor, more, mask = state + 1103515244, state + 12344, state + 0x7FFFFFFE
    for _ in range(units * PYTHON_STEPS):
        state = (state * factor + more) & mask
    return state


def compute_held(units: int) -> int:
    """CRC-32 block by block: C code that never lets go of the GIL."""
    check = 0
    for _ in range(units * HELD_BLOCKS):
        check = zlib.crc32(BLOCK, check)
    return check


def compute_released(units: int) -> int:
    """CRC-32 of the same bytes in one call, for which zlib lets go of the GIL."""
    return zlib.crc32(_large_block(units))


def _large_block(units: int) -> bytes:
    if units not in _large_blocks:
        _large_blocks[units] = BLOCK * (units * HELD_BLOCKS)
    return _large_blocks[units]


_large_blocks: dict[int, bytes] = {}

KINDS: dict[str, Callable[[int], int]] = {
    "python": compute_python,
    "held": compute_held,
    "released": compute_released,
}


def compute(kind: str, units: int) -> int:
    """So many units of a kind. A word and a number: all that has to reach whoever computes for another."""
    return KINDS[kind](units)


@dataclass(frozen=True)
class Dose:
    """Work for each message: `cpu_units` of a kind of computation, then a wait of `wait_s` seconds.

    A line that is HEAVY takes `heavy_units` in their place: one request that costs more than others.
    """

    cpu_units: int = 0
    kind: str = "python"
    wait_s: float = 0.0
    heavy_units: int = 0

    def compute(self, line: bytes = b"") -> int:
        """Do the CPU part for a line; the result is of no use but to show that it was done."""
        return KINDS[self.kind](self.heavy_units if line == HEAVY else self.cpu_units)

    def units(self, line: bytes) -> int:
        """How many units a line takes."""
        return self.heavy_units if line == HEAVY else self.cpu_units
