"""Datagrams to a UDP echo server and back: what is sent, what is counted, and starting what does it. Tier 1.

A datagram is a header and bytes that are a function of all that it names:

    socket number (4 bytes) | number of the datagram on its socket (8 bytes) | the payload's bytes

numbers little-endian, the bytes those of `payload.py` for that socket from
number * payload_bytes on. A socket has `in_flight` places, and its place p
sends the numbers p, p + in_flight, p + 2 * in_flight, …, one when the last one is settled.

What each count means, the same in both engines:

- `verified`: returned in time, every byte right. Nothing else is a success;
- `lost`: had not returned after the time-out; `late`: returned after all, right, after it was counted so;
- `wrong`: what returned in time in its name differs from what was sent, in length or in bytes;
- `reordered`: of those verified, came after one that its socket had sent later;
- `duplicated`: right, but its datagram had returned before;
- `stray`: in the name of no datagram in flight, and not right either.

So in_flight_at_start + sent = verified + lost + wrong + in_flight_at_end, over
any window; reordered is at most verified; late, duplicated and stray are counted
apart. `datagrams.c` and `datagrams_twin.py` take a `DatagramLoad` as one line of JSON, and answer with one.
"""

import time
from collections.abc import Collection

import msgspec

from concur.errors import UsageError
from concur.load.build import native_datagrams
from concur.load.program import PATIENCE_S, Program

HEADER_BYTES = 12
LARGEST_BYTES = 65_507  # of UDP on IPv4: 65,535 less two headers (RFC 768, RFC 791)
MOST_IN_FLIGHT = 65_536
KIB = 1024
TWIN = "concur.load.datagrams_twin"


class DatagramLoad(msgspec.Struct, frozen=True, kw_only=True):
    """A closed loop of datagrams: `in_flight` at a time on each of `sockets` connected sockets.

    With `messages` the window does not end by `window_ns` but when so many are
    settled, and what is late or duplicated is counted for a time-out more.
    """

    host: str = "127.0.0.1"
    port: int
    sockets: int = 8
    in_flight: int = 1
    payload_bytes: int = 1024  # of a datagram, header included
    timeout_ns: int = 1_000_000_000
    seed: int = 1
    warmup_ns: int = 0
    window_ns: int = 1_000_000_000
    messages: int | None = None


class DatagramResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted over one window; latency_ns has the keys of LATENCY_QUANTILES, and none where nothing returned.

    receive_buffer_bytes is the smallest that a socket was granted, asked_bytes
    what the replies in flight on it may need, both as the kernel counts them.
    """

    engine: str  # "native" or "python"
    opened_ns: int  # monotonic clock, the window's beginning
    window_ns: int
    sent: int
    verified: int
    lost: int
    wrong: int
    late: int
    duplicated: int
    reordered: int
    stray: int
    in_flight_at_start: int
    in_flight_at_end: int
    rate_per_s: float  # verified / window
    latency_ns: dict[str, float]
    engine_cpu_ns: int
    receive_buffer_bytes: int
    asked_bytes: int
    warnings: list[str] = []  # one line each


def exchange(load: DatagramLoad, *, cpus: Collection[int] | None = None, kind: str | None = None) -> DatagramResult:
    """Send that load, and return what was counted; blocks until then, and leaves no process behind.

    cpus and kind are as for `Program`. Raises UsageError for a load that makes no
    sense, MachineError where the program cannot be started or pinned, LoadError where it gives up, dies or hangs.
    """
    check_datagrams(load)
    program = Program(native_datagrams, TWIN, cpus=cpus, kind=kind)
    try:
        program.spawn()
        program.send(load)
        said = program.hear(time.monotonic() + longest_s(load) + PATIENCE_S)
    finally:
        program.end()
    result = msgspec.convert(said, DatagramResult)
    return msgspec.structs.replace(result, warnings=[*filter(None, [program.warning]), *too_small(result, load)])


def check_datagrams(load: DatagramLoad) -> None:
    """Raise UsageError where a load makes no sense."""
    wrongs = {
        "sockets and datagrams in flight must be at least 1": min(load.sockets, load.in_flight) < 1,
        f"at most {MOST_IN_FLIGHT:,} datagrams can be in flight": load.sockets * load.in_flight > MOST_IN_FLIGHT,
        "a port is between 1 and 65535": not 0 < load.port < 65536,
        f"a datagram has {HEADER_BYTES} to {LARGEST_BYTES:,} bytes": not HEADER_BYTES
        <= load.payload_bytes
        <= LARGEST_BYTES,
        "time-out and window must be above 0": min(load.timeout_ns, load.window_ns) <= 0,
        "a warm-up cannot be below 0": load.warmup_ns < 0,
        "a seed is between 0 and 2^63": not 0 <= load.seed < 1 << 63,
        "there is at least 1 message": load.messages is not None and load.messages < 1,
    }
    for why, is_wrong in wrongs.items():
        if is_wrong:
            raise UsageError("this load of datagrams makes no sense", why=why)


def too_small(result: DatagramResult, load: DatagramLoad) -> list[str]:
    """A line for buffers that may not hold what can return at once, since what does not fit is dropped without a word.

    Source: socket(7), SO_RCVBUF; the limit is /proc/sys/net/core/rmem_max.
    """
    if result.receive_buffer_bytes >= result.asked_bytes:
        return []
    granted, needed = (-(-size // KIB) for size in (result.receive_buffer_bytes, result.asked_bytes))
    return [
        f"the kernel allows {granted:,} KiB of receive buffer (net.core.rmem_max), and {load.in_flight:,} datagrams of "
        f"{load.payload_bytes:,} bytes may need {needed:,} KiB: loss may be its doing"
    ]


def longest_s(load: DatagramLoad) -> float:
    """How long a load can take by itself: of a number of messages, if none of them returns."""
    turns = -(-(load.messages or 0) // (load.sockets * load.in_flight))
    window_ns = load.window_ns if load.messages is None else (turns + 1) * 1.1 * load.timeout_ns
    return (load.warmup_ns + window_ns) / 1e9
