"""The named loads, each with its dose and its placement. Tier 1; data."""

import msgspec

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
    connections: int = 64
    idle: int = 0
    stuck_peers: int = 0  # further peers that send, and never read what returns
    payload_bytes: int = 1024
    churn: bool = False
    is_open: bool = False
    rate_per_s: float | None = None
    after: str = ""
    cpu_units: int = 0
    wait_s: float = 0.0
    placement: Kind = "pinned"

    @property
    def is_dosed(self) -> bool:
        """Whether messages are lines and work is done for each."""
        return bool(self.cpu_units or self.wait_s)


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


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises UsageError with the nearest names for any other."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise unknown("scenario", name, [one.name for one in SCENARIOS])
