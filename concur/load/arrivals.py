"""When messages are due in the open loop. Tier 1; pure: times in, no clock.

Let x count the messages that are expected up to a time: it grows by 1 from one
message to the next (constant arrivals) or by an exponential with mean 1
(Poisson arrivals). The due time is where the expected count reaches x:

- within the ramp R the rate is r·t/R, so x = r·t²/(2R) and t = sqrt(2·R·x/r);
- after it, t = R + (x − r·R/2)/r.

engine.c computes the same in the same order, so that both engines send at the
same times. The exponential is −ln(1 − u), u uniform in [0, 1) with 53 bits.
"""

import math
from collections.abc import Iterator

from concur.load.random64 import MASK, splitmix64


def due_times(seed: int, rate_per_s: float, *, poisson: bool = False, ramp_ns: int = 0) -> Iterator[int]:
    """Endless due times in ns since the load's start; the first of them is 0."""
    per_ns = rate_per_s / 1e9
    head = per_ns * ramp_ns / 2
    for x in _expected(seed, poisson):
        if x < head:
            yield int(math.sqrt(2 * ramp_ns * x / per_ns))
        else:
            yield int(ramp_ns + (x - head) / per_ns)


def _expected(seed: int, poisson: bool) -> Iterator[float]:
    words = splitmix64(~seed & MASK)
    x = 0.0
    while True:
        yield x
        x += -math.log(1 - (next(words) >> 11) * 2**-53) if poisson else 1
