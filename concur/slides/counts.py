"""What the kernel counts of a block's process and of the children that it waited for (getrusage(2)). Pure data."""

from typing import NamedTuple

MIB = 1 << 20


class Counts(NamedTuple):
    """Counters of one run. Switches: voluntary ones waited for something, involuntary ones were made to go."""

    wall_ns: int
    user_ns: int
    system_ns: int
    voluntary_switches: int
    involuntary_switches: int
    minor_faults: int
    major_faults: int
    peak_bytes: int  # the largest resident set of one of them


class Row(NamedTuple):
    """A counter in words; is_asked where the slide is about it."""

    name: str
    value: str
    is_asked: bool


# What a slide may ask for, and the rows that this is.
COUNTERS = {
    "wall": ("wall",),
    "cpu": ("CPU, user", "CPU, system"),
    "switches": ("switches, voluntary", "switches, involuntary"),
    "faults": ("page faults, minor", "page faults, major"),
    "memory": ("memory, peak",),
}


def rows(counts: Counts, asked: tuple[str, ...] = ()) -> list[Row]:
    """All counters; those that the slide is about first."""
    wanted = {name for one in asked for name in COUNTERS.get(one, ())}
    found = [Row(name, value, name in wanted) for name, value in _values(counts).items()]
    return sorted(found, key=lambda row: not row.is_asked)


def _values(counts: Counts) -> dict[str, str]:
    return {
        "wall": _time(counts.wall_ns),
        "CPU, user": _time(counts.user_ns),
        "CPU, system": _time(counts.system_ns),
        "switches, voluntary": f"{counts.voluntary_switches:,}",
        "switches, involuntary": f"{counts.involuntary_switches:,}",
        "page faults, minor": f"{counts.minor_faults:,}",
        "page faults, major": f"{counts.major_faults:,}",
        "memory, peak": f"{counts.peak_bytes / MIB:,.1f} MiB",
    }


def _time(ns: int) -> str:
    return f"{ns / 1e6:,.0f} ms" if ns >= 10_000_000 else f"{ns / 1e6:,.1f} ms"
