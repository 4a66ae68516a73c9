"""What people type, as numbers: counts and rates (`10k`), times (`250ms`), sizes (`64KiB`), shares (`2%`), addresses.

Pure functions. Each raises UsageError that names what is accepted.
"""

import math
import re
from collections.abc import Mapping

from concur.errors import UsageError

# Written as people write them in each place: 10k requests are 10,000, a payload of 1k is 1,024 bytes (as dd has it).
THOUSANDS = {"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
SECONDS = {"": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "m": 60, "min": 60, "h": 3600}
LONGEST_S = 500 * 3600  # what waits for descriptors counts milliseconds in 32 bits, which is 24 days
BYTES = {"": 1, "b": 1, "k": 2**10, "kib": 2**10, "kb": 10**3, "m": 2**20, "mib": 2**20, "mb": 10**6}

MOST_PER_S = 10**9
LARGEST_SEED = 2**63 - 1
QUANTITY = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-zµ]*)\s*", re.ASCII)


def number(text: str) -> float:
    """`10k` → 10,000.0, `1.5M` → 1,500,000.0; never negative."""
    return _quantity(text, THOUSANDS, "a number such as 200, 10k or 1.5M")


def count(text: str) -> int:
    """`10k` → 10,000; UsageError for a part of one."""
    value = number(text)
    if value != int(value):
        raise UsageError(f"'{text}' is not a count", do="Give a whole number such as 200, 10k or 1.5M.")
    return int(value)


def rate_per_s(text: str) -> float:
    """`10k` or `10k/s` → 10,000.0; UsageError for none at all."""
    value = number(text.removesuffix("/s"))
    if value == 0:
        raise UsageError("a rate of 0 sends nothing", do="Give a rate such as 200 or 10k, or leave it out.")
    if value >= MOST_PER_S:
        raise UsageError(f"a rate of {text} is more than can be sent", do="Give a rate such as 200, 10k or 1.5M.")
    return value


def seed(text: str) -> int:
    """As `count`; UsageError for one that needs more than 63 bits."""
    if (value := count(text)) > LARGEST_SEED:
        raise UsageError(f"a seed of {text} is too large", do=f"Give a whole number up to {LARGEST_SEED}.")
    return value


def seconds(text: str) -> float:
    """`5s`, `250ms`, `2m`, `1.5` (seconds) → seconds; UsageError for more than 500 hours."""
    value = _quantity(text, SECONDS, "a time such as 5s, 250ms or 2m; a bare number is seconds")
    if value > LONGEST_S:
        raise UsageError(f"'{text}' is too long", do=f"Give {LONGEST_S // 3600}h at most.")
    return value


def nanoseconds(text: str) -> int:
    """As `seconds`, in whole nanoseconds."""
    return round(seconds(text) * 1e9)


def size_bytes(text: str) -> int:
    """`64KiB` or `64k` → 65,536, `64kB` → 64,000, `1` → 1; UsageError for a part of a byte."""
    expected = "a size such as 100, 1k, 64KiB or 1MB; k is 1,024 bytes and kB is 1,000"
    value = _quantity(text, BYTES, expected, fold=True)
    if value != int(value):
        raise UsageError(f"'{text}' is not a whole number of bytes", do=f"Give {expected}.")
    return int(value)


def share(text: str) -> float:
    """`2%` → 0.02; UsageError for none at all, or without the sign."""
    expected = "a share such as 2% or 0.5%"
    value = _quantity(text.strip().removesuffix("%"), {"": 0.01}, expected)
    if not text.strip().endswith("%") or value == 0:
        raise UsageError(f"'{text}' is not understood", do=f"Give {expected}.")
    return value


def switch(text: str) -> bool:
    """`yes`, `true`, `on`, `1` → True; `no`, `false`, `off`, `0` → False."""
    said = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
    if (value := said.get(text.strip().lower())) is None:
        raise UsageError(f"'{text}' is neither yes nor no", do="Give yes or no.")
    return value


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[::1]:PORT`, or `:PORT` and `PORT` on this machine."""
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 0 < int(port) < 65_536:
        raise UsageError(f"'{text}' is no address", do="Give HOST:PORT, such as 127.0.0.1:8000, or a port alone.")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def _quantity(text: str, units: Mapping[str, float], expected: str, *, fold: bool = False) -> float:
    matched = QUANTITY.fullmatch(text)
    unit = matched[2] if matched else ""
    factor = units.get(unit.lower() if fold else unit)
    if matched is None or factor is None:
        why = f"the unit '{unit}' is not known" if matched else ""
        raise UsageError(f"'{text}' is not understood", why=why, do=f"Give {expected}.")
    value = float(matched[1]) * factor
    if not math.isfinite(value):
        raise UsageError(f"'{text}' is too much", do=f"Give {expected}.")
    # 0.3 ms is 0.3 × 1e-3 = 0.00029999999999999997: what was typed has no such digits
    return float(f"{value:.15g}")
