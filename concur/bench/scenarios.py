"""The named loads, each with its dose and its placement. Tier 1; data."""

from collections.abc import Sequence
from itertools import product

import msgspec
from msgspec import structs

from concur.bench.placement import Kind
from concur.errors import unknown

COMMON_RATE_PER_S = 10_000.0  # of `steady`: at most this, and at most half of the slowest capacity


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A load, the work done for each message, and where things run.

    is_open without a rate_per_s means the common rate, which is found from the
    capacities that `after` measured.
    """

    name: str
    shows: str
    variant_of: str = ""  # in a sweep, the named load of which connections or payload were changed
    connections: int = 64
    idle: int = 0
    stuck_peers: int = 0  # further peers that send, and never read what returns
    payload_bytes: int = 1024
    churn: bool = False
    is_open: bool = False
    rate_per_s: float | None = None
    is_step: bool = False  # of a rate sweep: each target is offered a rate of its own, which `scaling/ladder.py` finds
    share: float | None = None  # of the capacity that `after` measured; None: between what was kept and what was missed
    after: str = ""
    cpu_units: int = 0
    cpu_kind: str = "python"
    wait_s: float = 0.0
    heavy_units: int = 0  # of a line that says «heavy», which no load sends but `load/heavy.py`'s peer
    offload: str = ""  # where the computing is done: «2 processes»; empty: inline
    beside: str = ""  # CPU-bound work beside the service: «1 threads»
    switch_interval_s: float | None = None
    placement: Kind = "pinned"

    @property
    def is_dosed(self) -> bool:
        """Whether messages are lines and work is done for each."""
        return bool(self.cpu_units or self.wait_s or self.heavy_units)


SCENARIOS = (
    Scenario(name="small", shows="capacity: 1 KiB messages on 64 connections, closed loop"),
    Scenario(
        name="large", shows="capacity with 100 KiB messages: copying, buffers, partial writes", payload_bytes=102400
    ),
    Scenario(name="one", shows="one connection: the cost of a round trip, and of waking up", connections=1),
    Scenario(name="many", shows="1,000 connections, all active", connections=1000),
    Scenario(name="churn", shows="a new connection for every message", churn=True),
    Scenario(name="idle", shows="50 active connections beside 5,000 that say nothing", connections=50, idle=5000),
    Scenario(
        name="steady",
        shows="latency and CPU at one rate for all: open loop, min(10 k/s, half the slowest capacity)",
        is_open=True,
        after="small",
    ),
    Scenario(
        name="cpu",
        shows="20 units of computing a message (about 200 µs on CPython 3.11)",
        cpu_units=20,
        payload_bytes=128,
        placement="shared",
    ),
    Scenario(
        name="mixed",
        shows="5 units of computing and 5 ms of waiting a message",
        cpu_units=5,
        wait_s=0.005,
        payload_bytes=128,
        placement="shared",
    ),
)


def sweep(one: Scenario, connections: Sequence[int] = (), payloads_bytes: Sequence[int] = ()) -> list[Scenario]:
    """The scenario at each of these numbers of connections with each of these payloads; none given changes nothing.

    One value changes what the scenario is and not what it is called. Of several, each is a
    variant with a name of its own, «small, 8 connections, 64 B»; so is its `after`.
    """
    counts, sizes = list(dict.fromkeys(connections)), list(dict.fromkeys(payloads_bytes))
    found = []
    for size, count in product(sizes or [one.payload_bytes], counts or [one.connections]):
        changed = structs.replace(one, connections=count, payload_bytes=size)
        apart = [_connections(count)] * (len(counts) > 1) + [size_named(size)] * (len(sizes) > 1)
        found.append(_variant(changed, apart) if apart else changed)
    return found


def _variant(one: Scenario, apart: list[str]) -> Scenario:
    after = ", ".join([one.after, *apart]) if one.after else ""
    return structs.replace(one, name=", ".join([one.name, *apart]), after=after, variant_of=one.name)


def _connections(count: int) -> str:
    """Without a comma, which divides the parts of a name."""
    return f"{count} connection{'s' * (count != 1)}"


def size_named(size_bytes: int) -> str:
    """`64 B`, `1 KiB`, `100 KiB`, `2 MiB`: in a larger unit only where it is a whole number of it."""
    for unit_bytes, unit in ((2**20, "MiB"), (2**10, "KiB")):
        if size_bytes and size_bytes % unit_bytes == 0:
            return f"{size_bytes // unit_bytes} {unit}"
    return f"{size_bytes} B"


def listed(chosen: Sequence[Scenario]) -> str:
    """Scenarios in a few words, a sweep as one: `small over 1, 8, 64 connections × 64 B, 1 KiB; churn`."""
    groups: dict[str, list[Scenario]] = {}
    for one in chosen:
        groups.setdefault(one.variant_of or one.name, []).append(one)
    told = [_swept(name, group) if group[-1].variant_of else name for name, group in groups.items()]
    return ("; " if any(" over " in each for each in told) else ", ").join(told)


def _swept(name: str, group: list[Scenario]) -> str:
    if group[-1].is_step:
        shares = [one.share for one in group if one.share]
        return f"{name} at rates of {100 * min(shares):g} to {100 * max(shares):g} % of each one's capacity"
    counts = dict.fromkeys(str(one.connections) for one in group)
    sizes = dict.fromkeys(size_named(one.payload_bytes) for one in group)
    over = [f"{', '.join(counts)} connections"] * (len(counts) > 1) + [", ".join(sizes)] * (len(sizes) > 1)
    return f"{name} over {' × '.join(over)}"


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises UsageError with the nearest names for any other."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise unknown("scenario", name, [one.name for one in SCENARIOS])
