"""What five ways to get something done cost here, and what the learner's own functions make the kernel do.

It decides nothing. Costs are the least of several runs, since whatever else happens only adds.
"""

import mmap
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from types import ModuleType

from concur.labs.gates import counted, keep_out_huge_pages

LOOPS = 20_000
RUNS = 5
PAGES = 1_000
BUSY_S = 0.5
ORDER = ("ns_operation", "ns_call", "ns_system_call", "ns_first_touch", "ns_signal")  # as lab.toml lists the choices
EXIT_1, EXIT_139, SIGNAL_11 = 0, 1, 2  # likewise
Figures = dict[str, "float | list[list[float]]"]


def measure(work: ModuleType) -> Figures:
    """Costs in ns, counts of faults and writes, timer interrupts a second on a busy core, a child's end."""
    found: Figures = dict(costs())
    found["costs"] = [[float(at), found[name]] for at, name in enumerate(ORDER)]  # type: ignore[list-item] # floats
    found["first_touch_faults"] = float(faults(write_each))
    found["your_touch_faults"] = float(faults(work.touch))
    found["your_writes"] = float(writes(work.write_records))
    if (per_s := timer_interrupts_per_s()) is not None:
        found["timer_interrupts_per_s"] = per_s
    found["null_pointer"] = float(end_of_null_pointer())
    return found


# What each costs


def costs() -> dict[str, float]:
    """Of one of each, in ns, the loop around it taken off."""
    empty = least_ns(loop_nothing)
    return {
        "ns_operation": max(0.1, least_ns(loop_operation) - empty),
        "ns_call": max(0.1, least_ns(loop_call) - empty),
        "ns_system_call": least_ns(loop_system_call) - empty,
        "ns_first_touch": first_touch_ns(),
        "ns_signal": signal_ns(empty),
    }


def least_ns(loop: Callable[[int], object], loops: int = LOOPS) -> float:
    """One turn of a loop, in ns."""
    return min(timed_ns(lambda: loop(loops)) for _ in range(RUNS)) / loops


def timed_ns(function: Callable[[], object]) -> int:
    """How long a call takes."""
    began = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - began


def loop_nothing(loops: int) -> None:
    """What every one of these loops does besides."""
    for _ in range(loops):
        pass


def loop_operation(loops: int) -> int:
    """An addition of two numbers."""
    total = 1
    for turn in range(loops):
        total = turn + 7
    return total


def nothing() -> None:
    """A function of Python's."""


def loop_call(loops: int) -> None:
    """A call of it: no line is crossed."""
    for _ in range(loops):
        nothing()


def loop_system_call(loops: int) -> None:
    """The least that one can ask the kernel: who my parent is. The library keeps no answer to that."""
    ask = os.getppid
    for _ in range(loops):
        ask()


def first_touch_ns() -> float:
    """A first write to a page, less a second one."""
    memories = [fresh(PAGES) for _ in range(RUNS)]
    first = min(map(pass_ns, memories))
    return max(0.1, first - min(map(pass_ns, memories))) / PAGES


def pass_ns(memory: mmap.mmap) -> int:
    """One pass over all pages."""
    return timed_ns(lambda: write_each(memory))


def signal_ns(empty: float) -> float:
    """A signal to oneself, until a handler in Python has run."""
    heard = 0

    def handler(*_: object) -> None:
        nonlocal heard
        heard += 1

    def loop_signal(loops: int) -> None:
        kill, me, number = os.kill, os.getpid(), signal.SIGUSR1
        for _ in range(loops):
            kill(me, number)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        return least_ns(loop_signal, LOOPS // 10) - empty
    finally:
        signal.signal(signal.SIGUSR1, before)


# What the kernel counts


def fresh(pages: int) -> mmap.mmap:
    """Memory that nobody has touched, without huge pages."""
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    keep_out_huge_pages(memory)
    return memory


def write_each(memory: mmap.mmap) -> None:
    """A byte to every page."""
    for at in range(0, len(memory), mmap.PAGESIZE):
        memory[at] = 1


def faults(touch: Callable[[mmap.mmap], object]) -> int:
    """Of touching 1,000 fresh pages, the second time that it is done: the first has the interpreter warm."""
    touch(fresh(PAGES))
    memory = fresh(PAGES)
    return counted(lambda: touch(memory), who="thread").minor_faults


def writes(write_records: Callable[[int, list[bytes]], object]) -> int:
    """System calls that write, for 1,000 records."""
    records = [b"%06d %s" % (number, b"x" * 80) for number in range(1_000)]
    with tempfile.TemporaryFile() as file:
        return counted(lambda: write_records(file.fileno(), records), who="thread").writes


def timer_interrupts_per_s() -> float | None:
    """On the core that this computes on; None where /proc/interrupts is not readable, or has no line of timers."""
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(free)})
    try:
        before, began = local_timer_interrupts(), time.perf_counter()
        while time.perf_counter() - began < BUSY_S:
            loop_operation(1_000)
        after, seconds = local_timer_interrupts(), time.perf_counter() - began
    finally:
        os.sched_setaffinity(0, free)
    per_s = [(late - early) / seconds for early, late in zip(before, after, strict=True)]
    return per_s[min(free)] if len(per_s) > min(free) else max(per_s, default=None)


def local_timer_interrupts() -> list[int]:
    """Of each core since the machine began; empty where that is not to be had."""
    try:
        with open("/proc/interrupts") as file:
            lines = [line.split() for line in file]
    except OSError:
        return []
    counts = next((words[1:] for words in lines if words and words[0] in ("LOC:", "arch_timer")), [])
    return [int(word) for word in counts if word.isdigit()]


def end_of_null_pointer() -> int:
    """How a child ends that writes through a null pointer: the position of the choice."""
    command = [sys.executable, "-I", "-S", "-c", "import ctypes; ctypes.memmove(0, b'x', 1)"]
    _, status = os.waitpid(os.spawnv(os.P_NOWAIT, command[0], command), 0)
    if os.WIFSIGNALED(status):
        return SIGNAL_11
    return EXIT_139 if os.WEXITSTATUS(status) == 139 else EXIT_1
