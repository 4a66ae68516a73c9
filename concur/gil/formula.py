"""What the convoy's formula predicts, and where it stops to hold. Tier 1; pure.

    1 / (k·interval + s)    requests a second

k is how many whole switch intervals the service's threads wait out for a
request, s the time of a request without a neighbour. It says that a request
does one thing after the other: it waits, and it is served. So it holds where
one thread serves, at one connection or in a loop, and where the interval is
long against what else it takes to hand the GIL over. By Little's law (J. Little
1961, A proof for the queuing formula L = λW) k·interval·rate is how many
threads wait at a time: above 1 they wait side by side, which the formula does
not know.
"""

from collections.abc import Mapping
from typing import Any

from concur import catalog

HOLDS_WITHIN = 0.2  # of what was measured
SHORT_S = 0.0005  # handing the GIL over takes about 0.1 ms, which an interval below does not outweigh
NO_GIL = "there is no GIL to wait for"
OTHER_GILS = "the work beside it has GILs of its own"
BY_BYTECODES = "PyPy makes of the interval a count of bytecodes, so nobody waits an interval out"
OWN_GILS = {
    "processes": "each connection is served by a process of its own",
    "prefork": "its workers are processes",
    "subinterpreters": "its workers have GILs of their own",
}


def predicted_per_s(waits: float, interval_s: float, service_ns: float) -> float:
    """Requests a second, of waits for a request (k) and the time that a request takes alone (s)."""
    return 1 / (waits * interval_s + service_ns / 1e9)


def why_none(sample: Mapping[str, Any], model: str, beside: str) -> str:
    """Why nothing is predicted for what was measured; empty where something is."""
    if not sample["gil"]:
        return NO_GIL
    if beside != catalog.THREADS:
        return OTHER_GILS
    if sample["implementation"] == "PyPy":
        return BY_BYTECODES
    if sample["implementation"] != "CPython":
        return f"it is not known how {sample['implementation']} hands its GIL over"
    return OWN_GILS.get(model, "") or str(sample["uncounted"])


def why_not(
    off: float,
    waiting: float,
    rate_per_s: float,
    *,
    interval_s: float,
    service_ns: float,
    workers: int,
    cpus: int,
) -> str:
    """Why the formula does not hold, in one sentence, off being predicted over measured; empty within a fifth of 1.

    waiting is how many threads wait for the GIL in the mean: intervals waited
    out a second, times the interval. A rate above the prediction means that
    something was done side by side, waits or service; one below, that a request
    took what is in neither. With several CPU-bound threads (workers) that is time
    waited in less than whole intervals, as traced futex calls showed: there was
    next to none of it with one.
    """
    if abs(off - 1) <= HOLDS_WITHIN:
        return ""
    if off < 1 and waiting > 1:
        return f"{waiting:.1f} threads wait at a time, and their waits overlap"
    if off < 1:
        rest_ns = (1 - waiting) * 1e9 / rate_per_s
        return f"beyond its waits a request took {_time(rest_ns)}, where it takes {_time(service_ns)} alone"
    told = f"{_time(1e9 / rate_per_s * (1 - 1 / off))} of a request were neither whole intervals nor service"
    if cpus < 2:
        return f"{told}: there is one CPU, and they wait for that, too"
    if interval_s < SHORT_S:
        return f"{told}: waking up and taking over last longer than so short an interval"
    if workers > 1:
        return f"{told}: the CPU-bound threads hand the GIL to each other, and waits end early"
    return f"{told}: shorter waits, for the GIL or for a CPU"


def _time(ns: float) -> str:
    return f"{ns / 1e6:.1f} ms" if ns >= 1e6 else f"{ns / 1e3:.0f} µs"
