"""From what was counted and told to the figures of a Probe. Tier 1; pure."""

from typing import Any

from concur.bench.probe.tracing import Counted
from concur.bench.results import Probe
from concur.load.plan import LoadResult

MUCH_SLOWER = 3.0  # times: beyond this, what happens by the clock and not by the request is counted too often


def fill_counts(found: Probe, counted: Counted, window: LoadResult, source: str) -> None:
    """Counts for one request, of the requests while the tracer counted; says where it slowed the target much."""
    requests = requests_between(counted.began_ns, counted.ended_ns, window)
    undisturbed_per_s = found.rate_per_s
    found.system_call_source = source
    found.window_ns = counted.ended_ns - counted.began_ns
    found.verified, found.rate_per_s = round(requests), requests / found.window_ns * 1e9
    found.system_calls = {name: count / requests for name, count in counted.calls.items()}
    found.page_faults = _per_request(counted.page_faults, requests)
    found.switches = _per_request(counted.switches, requests)
    found.gil_takes = _per_request(counted.gil_takes, requests)
    if undisturbed_per_s > MUCH_SLOWER * found.rate_per_s:
        slower = f"{source} made the target {undisturbed_per_s / found.rate_per_s:.0f} times slower"
        found.missing.append(f"timed waits as they are without tracing: {slower}, so there are more of them a request")


def _per_request(count: int | None, requests: float) -> float | None:
    return None if count is None else count / requests


def requests_between(began_ns: int, ended_ns: int, window: LoadResult) -> float:
    """Verified requests between two moments: of the slices, in proportion for those that are cut.

    What lies outside of the window (it opens a moment after the counting) is taken to go on at the window's rate.
    """
    closed_ns = window.opened_ns + window.window_ns
    ends = [*(piece.at_ns for piece in window.slices[1:]), closed_ns]
    within, inside_ns = 0.0, 0
    for piece, end_ns in zip(window.slices, ends, strict=False):
        overlap_ns = max(min(end_ns, ended_ns) - max(piece.at_ns, began_ns), 0)
        within += piece.verified * overlap_ns / max(end_ns - piece.at_ns, 1)
        inside_ns += overlap_ns
    return within + window.verified / window.window_ns * (ended_ns - began_ns - inside_ns)


def fill_inside(found: Probe, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Collections for one request, their share of the time, and the JIT's work: the difference of two answers.

    A count that ran backwards is none: `missing` says which.
    """
    took_ns = after["at_ns"] - before["at_ns"]
    requests = found.rate_per_s * took_ns / 1e9
    if (grown := growth(before["collections"], after["collections"])) is None:
        found.missing.append("collections: their count ran backwards")
    else:
        found.collections = [count / requests for count in grown]
    _fill_collecting(found, before["collecting_ns"], after["collecting_ns"], took_ns)
    jit = growth([before["jit"].get(name, 0) for name in after["jit"]], list(after["jit"].values()))
    if jit is None:
        found.missing.append("the JIT's work: its counts ran backwards")
    else:
        found.jit = dict(zip(after["jit"], jit, strict=True))


def _fill_collecting(found: Probe, before_ns: int | None, after_ns: int | None, took_ns: int) -> None:
    if before_ns is None or after_ns is None:
        found.missing.append("time in collections: this interpreter does not tell it in seconds")
    elif after_ns < before_ns:
        found.missing.append("time in collections: it ran backwards")
    else:
        found.collecting_share = (after_ns - before_ns) / took_ns


def growth(before: list[float], after: list[float]) -> list[float] | None:
    """How much each counter grew; None if one ran backwards, or there are not as many."""
    if len(before) != len(after) or any(new < old for old, new in zip(before, after, strict=True)):
        return None
    return [new - old for old, new in zip(before, after, strict=True)]
