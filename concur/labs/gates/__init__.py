"""The instruments that a lab's checks are written with. They count, order, explore or use a virtual clock.

    verdict.py         Failed, Skipped, require: what a check says
    virtual_time.py    asyncio on a clock that jumps; a clock for schedulers that take one
    virtual_kernel.py  the same for concur's own kernel and trampoline
    outside.py         what may still reach a loop that has nothing to do: when a clock must not jump
    heartbeat.py       whether a loop, or another thread, went on meanwhile
    recorders.py       in flight, high-water marks, traces, counted calls and sockets
    blocking.py        the blocking calls made on a loop's thread
    replaced.py        what stands in for these calls
    kernel_counts.py   faults, switches, writes and private pages, as the kernel counts them
    peers.py           the other end of a connection: stuck, slow, resetting
    leaks.py           what is left behind
    who.py             which process, thread and interpreter did the work

Imported by their own names: `explorer.py`, which finds the schedule by which threads
go wrong, and `lanes.py`, which draws it; `program.py`, which runs one check in a
process of its own, and `integrity.py`, which sees to it that nobody was deceived.

What is named below is imported at first use. checks.py does so at its head, before
the learner's file is loaded: so an instrument holds the functions that Python came
with, and a check pays for no other one.

What must not live here: anything but the standard library and concur's own tier 0,
since checks run inside any interpreter; a real clock that decides; a word to people.
Read verdict.py first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from concur.labs.gates.who import Worker, Workers, who  # at once: module and function share a name

if TYPE_CHECKING:
    from concur.labs.gates.blocking import BlockingCall, BlockingCalls, blocking_calls
    from concur.labs.gates.heartbeat import ThreadHeartbeat, heartbeats_during
    from concur.labs.gates.kernel_counts import Counts, counted, keep_out_huge_pages, private_dirty_bytes
    from concur.labs.gates.leaks import nothing_left
    from concur.labs.gates.peers import EchoPeer, ResettingPeer, SlowPeer, SlowReader, StuckPeer, apart
    from concur.labs.gates.recorders import CountedCalls, CountingSocket, HighWater, InFlight, Trace, counting_socket
    from concur.labs.gates.verdict import Failed, Skipped, require
    from concur.labs.gates.virtual_kernel import run_virtual_kernel, run_virtual_trampoline
    from concur.labs.gates.virtual_time import Timed, VirtualClock, run_virtual

__all__ = [
    "BlockingCall",
    "BlockingCalls",
    "CountedCalls",
    "CountingSocket",
    "Counts",
    "EchoPeer",
    "Failed",
    "HighWater",
    "InFlight",
    "ResettingPeer",
    "Skipped",
    "SlowPeer",
    "SlowReader",
    "StuckPeer",
    "ThreadHeartbeat",
    "Timed",
    "Trace",
    "VirtualClock",
    "Worker",
    "Workers",
    "apart",
    "blocking_calls",
    "counted",
    "counting_socket",
    "heartbeats_during",
    "keep_out_huge_pages",
    "nothing_left",
    "private_dirty_bytes",
    "require",
    "run_virtual",
    "run_virtual_kernel",
    "run_virtual_trampoline",
    "who",
]

MODULES = {
    "blocking": ["BlockingCall", "BlockingCalls", "blocking_calls"],
    "heartbeat": ["ThreadHeartbeat", "heartbeats_during"],
    "kernel_counts": ["Counts", "counted", "keep_out_huge_pages", "private_dirty_bytes"],
    "leaks": ["nothing_left"],
    "peers": ["EchoPeer", "ResettingPeer", "SlowPeer", "SlowReader", "StuckPeer", "apart"],
    "recorders": ["CountedCalls", "CountingSocket", "HighWater", "InFlight", "Trace", "counting_socket"],
    "verdict": ["Failed", "Skipped", "require"],
    "virtual_kernel": ["run_virtual_kernel", "run_virtual_trampoline"],
    "virtual_time": ["Timed", "VirtualClock", "run_virtual"],
}
HOMES = {name: module for module, names in MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
