"""How sizes and times vary around their mean: not at all, or lognormally. Tier 1; pure.

Sizes of pages and times of answers on the real web are lognormal in their body
(Downey, "Lognormal and Pareto distributions in the Internet", 2005). A value is
looked up by 16 random bits in a table of quantiles, so that the same bits give the same value
on every machine.
"""

import re
from functools import cache
from math import exp
from statistics import NormalDist

from concur.errors import UsageError

BITS = 16
QUANTILE_BITS = 10
SIZE_SIGMA = 0.7  # of the natural logarithm: nine of ten pages have a quarter to two and a half times the mean
LATENCY_SIGMA = 0.5
LONGEST_S = 60.0

_LATENCY = re.compile(r"(constant|lognormal):(\d+(?:\.\d*)?|\.\d+)(us|µs|ms|s)", re.ASCII | re.IGNORECASE)
_UNITS_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


@cache
def factors(sigma: float) -> tuple[float, ...]:
    """The quantiles of a lognormal distribution, from the lowest to the highest, such that their mean is 1."""
    count = 1 << QUANTILE_BITS
    raw = [exp(sigma * NormalDist().inv_cdf((rank + 0.5) / count)) for rank in range(count)]
    mean = sum(raw) / count
    return tuple(value / mean for value in raw)


def factor(sigma: float, bits: int) -> float:
    """What 16 random bits make of a mean of 1."""
    return factors(sigma)[bits >> BITS - QUANTILE_BITS]


def latency(text: str) -> tuple[float, float]:
    """`none`, `constant:50ms` or `lognormal:50ms` → (mean in seconds, sigma). Raises UsageError."""
    if text == "none":
        return 0.0, 0.0
    matched = _LATENCY.fullmatch(text)
    if matched is None:
        raise UsageError(f"unknown latency '{text}'", do="Give none, constant:50ms or lognormal:50ms.")
    mean_s = float(matched[2]) * _UNITS_S[matched[3].lower()]
    if mean_s > LONGEST_S:
        raise UsageError(f"a latency of {mean_s:,.0f} s is too long", do=f"Give one up to {LONGEST_S:.0f}s.")
    return mean_s, LATENCY_SIGMA if matched[1].lower() == "lognormal" else 0.0
