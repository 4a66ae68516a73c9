"""How many connections a target is given, level by level, and why fewer or none. Pure, but for the limits it is told.

What must not live here: opening any.
"""

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from concur.bench.machine import ephemeral_ports
from concur.bench.plan import Target
from concur.errors import UsageError

MOST = 10_000
PARTS = (10, 2, 1)  # of the highest level: 1,000, 5,000 and 10,000
FEWEST = 100  # connections at the highest level: of fewer, the steps in which allocators take memory hide the slope
SPARE_DESCRIPTORS = 100  # of a server, besides its connections: libraries, pipes, its selector
SPARE_PORTS = 1_000
MOST_OF = {"processes": 500}  # a process for each connection
FEWEST_LEVELS = 3  # with the one of no connection: a line through two points is always straight


class Chosen(NamedTuple):
    """The levels, first of all 0, and why they end below what was wanted; or none, and why."""

    levels: tuple[int, ...]
    reason: str = ""


class Room(NamedTuple):
    """How many connections this machine lets one process hold, and why no more: a clause that begins with «as»."""

    connections: int
    reason: str


def up_to(most: int) -> tuple[int, ...]:
    """0, a tenth, a half, and all."""
    return (0, *sorted({most // part for part in PARTS if most // part}))


def asked(counts: Sequence[int]) -> tuple[int, ...]:
    """What `-c` means: the highest level, or all of them. Raises UsageError for too few."""
    levels = up_to(counts[0]) if len(counts) == 1 else (0, *sorted(set(counts)))
    if len(levels) < FEWEST_LEVELS:
        do = "Give the most of them, -c 10000, or several numbers."
        raise UsageError(f"up to {_counted(counts[0])} there is no slope", do=do)
    return levels


def choose(target: Target, wanted: Sequence[int], room: Room) -> Chosen:
    """The levels of a target: those wanted, unless it or the machine allows fewer."""
    bounds = [bound for bound in (_of_model(target), (room.connections, room.reason)) if bound[0] < wanted[-1]]
    if not bounds:
        return Chosen(tuple(wanted))
    most, why = min(bounds)
    if most < min(FEWEST, wanted[-1]):
        told = f"what one costs is told from {min(FEWEST, wanted[-1])} or more"
        return Chosen((), f"at most {_counted(most)}, {why}; {told}")
    return Chosen(up_to(most), why)


def _counted(connections: int) -> str:
    return f"{connections:,} connection{'s' * (connections != 1)}"


def _of_model(target: Target) -> tuple[int, str]:
    most = MOST_OF.get(target.name, MOST) if target.kind == "model" else MOST
    if target.max_active is not None:
        return target.max_active, "as it serves no more at a time"
    if most < MOST:
        return most, "as each connection is a process"
    return 1 << 30, ""


@contextmanager
def descriptors(connections: int) -> Iterator[Room]:
    """The limit of descriptors, raised for a while where it is too low for so many connections and may be raised.

    Targets and engine inherit it; each takes its hard limit by itself.
    """
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + SPARE_DESCRIPTORS
    try:
        if 0 <= before[1] < needed:
            _raise_to(needed)
        yield room()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _raise_to(needed: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed))
    except (ValueError, OSError):
        pass  # not root, or more than fs.nr_open: `room` says what there is


def room() -> Room:
    """What the limits allow now: of descriptors, and of local ports for connections to one address."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = (1 << 30) if hard < 0 else hard - SPARE_DESCRIPTORS
    by_descriptors = Room(most, f"as no more than {hard:,} descriptors are allowed")
    ports = ephemeral_ports()
    if ports is None:
        return by_descriptors
    count = ports[1] - ports[0] + 1
    return min(by_descriptors, Room(count - SPARE_PORTS, f"as there are {count:,} local ports (ip_local_port_range)"))
