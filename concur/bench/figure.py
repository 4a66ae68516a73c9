"""A figure over rounds: what every record of results is made of. Tier 1; pure data."""

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """A median over rounds, with its interval."""

    median: float
    interval: tuple[float, float] | None = None
