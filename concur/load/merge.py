"""Several windows of one closed loop as one. Tier 1; pure."""

from collections.abc import Sequence

import msgspec

from concur.load.histogram import Histogram
from concur.load.plan import LoadResult

COUNTS = (
    "window_ns",
    "sent",
    "verified",
    "wrong",
    "lost",
    "short",
    "reset",
    "timed_out",
    "refused",
    "engine_cpu_ns",
)


def merged(windows: Sequence[LoadResult], slice_ns: int) -> LoadResult:
    """One result for all: counts added up, quantiles of all latencies together, fairness the mean over all replies.

    Each connection's own count is not known any more, so that fairness over all
    windows would be higher. Slices that a window's end cut short are left out, since among
    others nobody could tell them. A single window is left as it is; of several, connecting
    and lag (churn, the open loop) cannot be put together: raises ValueError.
    """
    if len(windows) == 1:
        return windows[0]
    if any(each.connect_ns or each.send_lag_ns for each in windows):
        raise ValueError("windows with churn or at a rate are not put together")
    counts = {name: sum(getattr(each, name) for each in windows) for name in COUNTS}
    latencies = Histogram()
    for each in windows:
        latencies.add(Histogram.decoded(each.histogram))
    return msgspec.structs.replace(
        windows[0],
        **counts,
        rate_per_s=counts["verified"] / counts["window_ns"] * 1e9,
        latency_ns=latencies.quantiles(),
        histogram=latencies.pairs(),
        fairness=_mean_fairness(windows),
        slices=[piece for each in windows for piece in each.slices[: each.window_ns // slice_ns]],
    )


def _mean_fairness(windows: Sequence[LoadResult]) -> float:
    replies = sum(each.verified for each in windows)
    return sum(each.fairness * each.verified for each in windows) / replies if replies else windows[0].fairness
