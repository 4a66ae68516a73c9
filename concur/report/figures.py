"""Figures as people read them: rates, times, shares, ratios, intervals. Pure functions from numbers to text.

Three significant digits, as more would claim what no run of seconds can; whole
numbers are grouped. Nothing is rounded before this point.
"""

TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"))


def count(value: float) -> str:
    """`181,204`: a rate or a count, in full."""
    return f"{value:,.0f}"


def thousands(value: float) -> str:
    """`181k`, `9.5k`, `1.2M`, `950`: a rate where there is little room."""
    if value >= 1e3 and value % 1e3 == 0 and value < 1e6:
        return f"{value / 1e3:.0f}k"  # what was asked for, not measured
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            return f"{digits(value / size)}{letter}"
    return f"{value:.0f}"


def digits(value: float) -> str:
    """Three significant digits below a thousand, never an exponent: `0.21`, `5.4`, `36.7`, `181`."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def time(ns: float) -> str:
    """`1.20 s`, `21.0 ms`, `5.40 µs`, `800 ns`."""
    for size, unit in TIMES:
        if ns >= 0.9995 * size:
            return f"{digits(ns / size)} {unit}"
    return f"{ns:.0f} ns"


def duration(seconds: float) -> str:
    """`45 s`, `6 min`, `1.5 h`: how long something will take, for whoever waits."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"


def microseconds(ns: float) -> str:
    """Nanoseconds as microseconds, the unit left to the column's head."""
    return digits(ns / 1e3)


def milliseconds(ns: float) -> str:
    """Nanoseconds as milliseconds, the unit left to the column's head."""
    return digits(ns / 1e6)


def share(value: float) -> str:
    """`97 %`."""
    return f"{100 * value:.0f} %"


def ratio(value: float) -> str:
    """`1.80×`."""
    return f"{value:.2f}×" if value < 99.95 else f"{value:,.0f}×"


def per_request(value: float) -> str:
    """An event's count per request: `0`, `<0.01`, `0.07`, `2.0`, `12`."""
    if value == 0:
        return "0"
    if value < 0.01:
        return "<0.01"
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def counted(number: int, noun: str) -> str:
    """`1 connection`, `64 connections`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
