"""The random numbers that both engines draw: splitmix64. Tier 1; pure.

Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014; engine.c has the same eight lines.
"""

from collections.abc import Iterator

MASK = (1 << 64) - 1


def splitmix64(seed: int) -> Iterator[int]:
    """Endless 64-bit words, a function of the seed alone."""
    state = seed & MASK
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)
