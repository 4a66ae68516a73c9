"""Words of 64 random bits that are a function of a key and a number. Tier 1; pure.

The finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
number generators", OOPSLA 2014). The same lines work on an int and on an array
of uint64, whose products wrap: so the server, page by page, and the oracle, all
pages at once, cannot disagree.
"""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array = NDArray[numpy.uint64]

Word = TypeVar("Word", int, "Array")

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STRIDE = 0xD1342543DE82EF95  # odd, so that no two pages of one seed share a key


def mix(state: Word) -> Word:
    """64 bits, each of which depends on every bit of the state."""
    z: Any = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    mixed: Word = z ^ (z >> 31)
    return mixed


def key(seed_key: int, number: Word) -> Word:
    """The key of the thing of that number, for `word`."""
    product: Any = number * STRIDE
    state: Word = (product + seed_key) & MASK
    return mix(state)


def word(key: Word, index: int) -> Word:
    """The index-th word of a key."""
    step = (index + 1) * GOLDEN & MASK
    state: Any = key
    stepped: Word = (state + step) & MASK
    return mix(stepped)
