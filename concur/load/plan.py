"""What a load is, and what the engine says of it. Tier 1; pure data, no I/O.

What each count means, the same in both engines:

- `sent`: messages put in flight on a connection, whether or not its kernel has
  taken their bytes yet (a server that does not read is answerable for those);
- `verified`: whole replies of which every byte was right. Nothing else is a success;
- a connection that ends other than by plan counts exactly one of `wrong` (a byte
  that differs, or that nobody asked for), `short` (the server closed it), `reset`,
  `timed_out` (its oldest message, or its connecting, took longer than the timeout)
  or `refused` (it could not be made). The kind stands for the oldest message in
  flight; the others in flight on that connection are `lost`;
- open loop: a message that is due while no connection is live is `lost` too, and not `sent`.

So sent = verified + lost + in flight + those failures that had a message in
flight, but for what was due and found no connection. A failed connection is made
anew after 10 ms, and its slot goes on: a faulty server goes on being measured.
Each event is counted where it happened: a reply verified in the window counts
there, also if its message was sent before it.
"""

import msgspec

LATENCY_QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load on one address, as both engines take it (JSON, these very names).

    rate_per_s None is a closed loop; a number is an open loop at that total
    rate over all connections, due at constant or Poisson times. `pipeline`,
    `think_ns` and `churn` are for the closed loop alone.
    """

    host: str = "127.0.0.1"
    port: int
    connections: int = 50  # active ones; the idle ones come on top
    idle: int = 0  # connections held open that never send
    payload_bytes: int = 1024  # of a message, framing's newline included
    lines: bool = False  # messages are lines: the bytes never hold a newline but at their end
    rate_per_s: float | None = None
    poisson: bool = False
    ramp_ns: int = 0  # the open loop's rate rises linearly from 0 over this time, before any window
    pipeline: int = 1  # closed loop: messages in flight on each connection
    think_ns: int = 0  # closed loop: pause between a reply and the next message
    churn: bool = False  # closed loop: a new connection for every message; connecting is timed apart
    timeout_ns: int = 5_000_000_000  # a reply later than this closes its connection
    seed: int = 1
    slice_ns: int = 100_000_000
    messages: int | None = None  # stop after so many; None: go on until told to finish


class Slice(msgspec.Struct, frozen=True):
    """What happened in one slice of time; `at_ns` is its beginning, on the monotonic clock.

    It lasts `Load.slice_ns`; the last one of a window ends with the window.
    """

    at_ns: int
    verified: int


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine counted over one window. Only whole, verified replies count as `verified`.

    latency_ns has the keys of LATENCY_QUANTILES; in the open loop it counts
    from when a message was due. histogram is a list of (upper bound in ns,
    count), non-empty buckets only.
    """

    engine: str  # "native" or "python"
    opened_ns: int  # monotonic clock, the window's beginning
    window_ns: int
    sent: int
    verified: int
    wrong: int
    lost: int
    short: int
    reset: int
    timed_out: int
    refused: int
    rate_per_s: float  # verified / window
    offered_per_s: float | None  # open loop: due in the window / window
    on_time: float | None  # open loop: share of due messages that the engine sent within 1 ms of their time
    backlog: int  # open loop: due or in flight and unanswered when the window closed
    latency_ns: dict[str, float]
    histogram: list[tuple[int, int]]
    connect_ns: dict[str, float]  # churn: the time to connect, same keys; else empty
    send_lag_ns: dict[str, float]  # open loop: when sent minus when due, same keys; else empty
    fairness: float  # Jain's index over the active connections' verified counts; 1.0 is perfectly fair
    engine_cpu_ns: int
    slices: list[Slice]
