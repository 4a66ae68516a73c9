"""The bytes that a connection sends: a function of (seed, connection, offset). Tier 1; pure.

Making them must cost next to nothing, or the engine is what is measured. So a
seed makes one table of PERIOD pseudo-random bytes, and connection c's stream
runs through it round and round:

    byte(seed, c, offset) = table[(start(c) + offset) mod PERIOD]
    start(c) = (first word of seed + c * STRIDE) mod PERIOD

A message is then a slice of the table (which goes on for one message past its
end), sent without copying and compared with memcmp.

What that finds: PERIOD is prime, so that no shift by less than PERIOD bytes
or PERIOD messages leads back to the same place; STRIDE makes the starts of any
65,521 connections differ, so that a stranger's reply to a message of the same
number is at another place. A reply from another place passes only if all its
bytes agree by chance, 1 in 256 for each.

No byte is a newline (it becomes a vertical tab): newlines are framing. With
`Load.lines` the last byte of each message is one instead of the stream's.
"""

from itertools import islice

from concur.load.random64 import splitmix64

PERIOD = 65521  # the largest prime under 64 Ki: the table stays in the second-level cache
STRIDE = 40503  # PERIOD times the golden ratio, about: neighbours start far apart


def make_table(seed: int, extra_bytes: int) -> bytes:
    """The seed's table, and its beginning once more for `extra_bytes`."""
    words = islice(splitmix64(seed), (PERIOD + 7) // 8)
    period = b"".join(word.to_bytes(8, "little") for word in words)[:PERIOD].replace(b"\n", b"\v")
    return (period * (2 + extra_bytes // PERIOD))[: PERIOD + extra_bytes]


def start_of(seed: int, connection: int) -> int:
    """Where in the table the stream of the `connection`th connection begins."""
    return (next(splitmix64(seed)) + connection * STRIDE) % PERIOD


def payload(seed: int, connection: int, offset: int, count: int) -> bytes:
    """`count` bytes of a connection's stream, from `offset` on."""
    at = (start_of(seed, connection) + offset) % PERIOD
    return make_table(seed, count)[at : at + count]
