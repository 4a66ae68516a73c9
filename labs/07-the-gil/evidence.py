"""What a round trip costs beside work that computes, and what counting costs threads that share. It decides nothing.

Run as a program it measures what needs no work.py, on the interpreter that runs
it, and prints it: so the one without a GIL is measured, where one is found.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where this lab's other files are
from crunching import Crunch, compute, has_gil
from peer import Peer

Figures = dict[str, float]
Values = dict[str, "float | list[list[float]]"]

INTERVALS_MS = (0.5, 5.0, 20.0)
USUAL_MS = 5.0
BUSY_STEPS = 20_000  # between two looks whether there is an end: about 2 ms
TRIPS, MOST_S = 24, 0.4  # of a measurement, of which the median counts; it ends after so long in any case
STEPS = 3_000_000  # that her `run_beside` is given to crunch
COUNTING_S, BATCH = 0.15, 1000
FREE_THREADED = ("python3.15t", "python3.14t", "python3.13t")
CHILD_S = 8.0  # an interpreter that takes longer is left out


def measure(work: ModuleType) -> Values:
    """Added ms a round trip by switch interval, beside one thread and two; with her code; and how counting scales."""
    here, free = figures(), without_gil()
    values: Values = {**here, **{f"{name}_without_gil": value for name, value in free.items()}}
    with Peer() as peer:
        alone_ms = median_ms(peer.exchange)
        yours = trips_of(work, peer)
    if yours:
        values["ms_added_in_yours"] = max(0.0, statistics.median(yours) - alone_ms)
        values["your run_beside"] = [[USUAL_MS, max(0.0, statistics.median(yours) - alone_ms)]]
    lines = (("beside one thread", here, 1), ("beside two threads", here, 2), ("without a GIL", free, 1))
    for series, found, threads in lines:
        values |= over_intervals(found, series, threads)
    return values


def over_intervals(found: Figures, series: str, threads: int) -> Values:
    """The line of a plot: ms added, over the switch interval in ms. None where nothing was found."""
    points = [[each, found[f"ms_added_beside_{threads}_at_{each:g}_ms"]] for each in INTERVALS_MS] if found else []
    return {series: points} if points else {}


def explain(measured: Values) -> str:
    """Which choice of lab.toml is right here."""
    return "turn" if has_gil() else "none"


def figures() -> Figures:
    """What this interpreter does, without anything of the learner's."""
    found: Figures = {}
    with Peer() as peer:
        found["ms_alone"] = median_ms(peer.exchange)
        for threads in (1, 2):
            for interval_ms in INTERVALS_MS:
                with switch_interval(interval_ms / 1000), busy(threads):
                    beside_ms = median_ms(peer.exchange)
                found[f"ms_added_beside_{threads}_at_{interval_ms:g}_ms"] = max(0.0, beside_ms - found["ms_alone"])
    for how in (one_shared, own):
        one, two = (additions_per_s(how, threads) for threads in (1, 2))
        found[f"times_with_two_{how.__name__}_counters"] = two / one
    return found


# A round trip


def median_ms(exchange: Callable[[], None]) -> float:
    """Of some round trips, the median, in ms."""
    took_ns: list[int] = []
    while len(took_ns) < TRIPS and sum(took_ns) < MOST_S * 1e9:
        began_ns = time.perf_counter_ns()
        exchange()
        took_ns.append(time.perf_counter_ns() - began_ns)
    return statistics.median(took_ns) / 1e6


@contextmanager
def switch_interval(seconds: float) -> Iterator[None]:
    """It is that while the block runs."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)


@contextmanager
def busy(threads: int) -> Iterator[None]:
    """So many threads compute while the block runs."""
    is_over = False

    def run() -> None:
        while not is_over:
            compute(1, BUSY_STEPS)

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        is_over = True
        for thread in started:
            thread.join()


def trips_of(work: ModuleType, peer: Peer) -> list[float]:
    """ms of each round trip in her `run_beside`, at the usual switch interval; none if it does not get that far."""
    took_ms = []

    def exchange() -> None:
        began_ns = time.perf_counter_ns()
        peer.exchange()
        took_ms.append((time.perf_counter_ns() - began_ns) / 1e6)

    try:
        work.run_beside(Crunch(), [(0, 1, STEPS, peer.address)], exchange)
    except Exception:  # the gates say what is wrong with it
        return []
    return took_ms


# Counting


class Box:
    """A number that can be added to."""

    def __init__(self) -> None:
        self.value = 0


def one_shared(threads: int) -> list[Callable[[], None]]:
    """A batch of additions for each thread: one counter for all, and a lock around it."""
    box, lock = Box(), threading.Lock()

    def batch() -> None:
        for _ in range(BATCH):
            with lock:
                box.value += 1

    return [batch] * threads


def own(threads: int) -> list[Callable[[], None]]:
    """The same, with a counter for each thread."""

    def of_its_own() -> Callable[[], None]:
        box = Box()

        def batch() -> None:
            for _ in range(BATCH):
                box.value += 1

        return batch

    return [of_its_own() for _ in range(threads)]


def additions_per_s(how: Callable[[int], list[Callable[[], None]]], threads: int) -> float:
    """Of all threads together, while all of them run."""
    made = [0] * threads
    together, end_ns = threading.Barrier(threads), time.monotonic_ns() + int((COUNTING_S + 0.02) * 1e9)

    def run(number: int, batch: Callable[[], None]) -> None:
        together.wait()
        while time.monotonic_ns() < end_ns:
            batch()
            made[number] += BATCH

    running = [threading.Thread(target=run, args=each) for each in enumerate(how(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(made) / COUNTING_S


# An interpreter without a GIL


def without_gil() -> Figures:
    """The same figures of an interpreter that has none, if one is found and this is not one; else nothing."""
    folders = [*os.environ.get("CONCUR_INTERPRETER_PATH", "").split(os.pathsep), os.environ.get("PATH", "")]
    found = filter(None, (shutil.which(name, path=os.pathsep.join(folders)) for name in FREE_THREADED))
    python = next(found, None) if has_gil() else None
    if not python:
        return {}
    try:
        ran = subprocess.run([python, __file__], capture_output=True, timeout=CHILD_S, check=True)
        figures: Figures = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return figures


if __name__ == "__main__":
    sys.stdout.write(json.dumps(figures()))
