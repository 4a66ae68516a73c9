"""What the Python twin counts, and the result it makes of it. Tier 1; pure.

plan.py says what each count means.
"""

from collections.abc import Collection

from concur.load.histogram import Histogram
from concur.load.plan import Load, LoadResult, Slice

FAILURES = ("wrong", "short", "reset", "timed_out", "refused")


class Tally:
    """The counts of one span of time, and its three histograms."""

    def __init__(self) -> None:
        self.sent = self.verified = self.lost = self.due = self.on_time = 0
        self.failed = dict.fromkeys(FAILURES, 0)
        self.latency, self.connect, self.lag = Histogram(), Histogram(), Histogram()

    def add(self, other: "Tally") -> None:
        """Take in what was counted in another span."""
        self.sent += other.sent
        self.verified += other.verified
        self.lost += other.lost
        self.due += other.due
        self.on_time += other.on_time
        for kind, count in other.failed.items():
            self.failed[kind] += count
        self.latency.add(other.latency)
        self.connect.add(other.connect)
        self.lag.add(other.lag)

    def result(
        self,
        load: Load,
        *,
        opened_ns: int,
        window_ns: int,
        backlog: int,
        fairness: float,
        cpu_ns: int,
        slices: list[Slice],
    ) -> LoadResult:
        """The tally as the engine reports it."""
        seconds = max(window_ns, 1) / 1e9
        is_open_loop = load.rate_per_s is not None
        return LoadResult(
            engine="python",
            opened_ns=opened_ns,
            window_ns=window_ns,
            sent=self.sent,
            verified=self.verified,
            lost=self.lost,
            **self.failed,
            rate_per_s=self.verified / seconds,
            offered_per_s=self.due / seconds if is_open_loop else None,
            on_time=(self.on_time / self.due if self.due else 1.0) if is_open_loop else None,
            backlog=backlog if is_open_loop else 0,
            latency_ns=self.latency.quantiles(),
            histogram=self.latency.pairs(),
            connect_ns=self.connect.quantiles(),
            send_lag_ns=self.lag.quantiles(),
            fairness=fairness,
            engine_cpu_ns=cpu_ns,
            slices=slices,
        )


def jain(counts: Collection[int]) -> float:
    """Jain's fairness index, (Σx)² / (n·Σx²): 1 where all are equal, 1/n where one has all.

    1 where nothing was counted. Source: Jain, Chiu and Hawe, DEC TR-301, 1984.
    """
    squares = sum(count * count for count in counts)
    return float(sum(counts) ** 2 / (len(counts) * squares)) if squares else 1.0
