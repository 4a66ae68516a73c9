"""What a process alone can count of itself while it serves: its garbage collections, and its JIT. Tier 0.

Only for a trial that is not timed: each collection is clocked from here on. Of
other interpreters in the process, and of its children, nothing is seen.
"""

import gc
import json
import os
import socket
import sys
import threading
import time
from typing import Any

from concur.errors import UsageError

GENERATIONS = 3  # of CPython's collector; PyPy's has minor and major collections
JIT_COUNTS = {"loops": "TOTAL_COMPILED_LOOPS", "bridges": "TOTAL_COMPILED_BRIDGES"}
JIT_TIMES = {"tracing_s": "TRACING", "compiling_s": "BACKEND"}


class Asked:
    """Answers over a socket: for each byte that comes, one JSON line of `snapshot`.

    A daemon thread blocks in a read in between. descriptor is the socket's;
    raises UsageError where it is none.
    """

    def __init__(self, descriptor: int) -> None:
        try:
            self._socket = socket.socket(fileno=descriptor)
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(f"descriptor {descriptor} cannot be asked over", why=why, do="Give a socket's.") from None
        self._collections = watch_collections()
        self._thread = threading.Thread(target=self._answer, name="asked", daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        descriptor = self._socket.fileno()
        while os.read(descriptor, 1):
            self._socket.sendall(json.dumps(self.snapshot()).encode() + b"\n")

    def snapshot(self) -> dict[str, Any]:
        """Totals since the start: collections by generation, nanoseconds in them, the JIT's work; and who answers."""
        return {
            "at_ns": time.monotonic_ns(),
            "thread": threading.get_native_id(),
            "collections": list(self._collections.counts),
            "collecting_ns": self._collections.collecting_ns,
            "jit": jit(),
        }

    def end(self) -> None:
        """Answer no more: the thread has ended, and the socket is closed."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


class Collections:
    """CPython's collections by generation, by gc.callbacks (library reference, gc): each start and stop is clocked."""

    def __init__(self) -> None:
        self.counts = [0] * GENERATIONS
        self.collecting_ns: int | None = 0
        self._began_ns = 0

    def watch(self) -> None:
        """From now on."""
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._began_ns = time.perf_counter_ns()
        else:
            self.counts[info["generation"]] += 1
            self.collecting_ns = (self.collecting_ns or 0) + time.perf_counter_ns() - self._began_ns


class Hooked(Collections):
    """PyPy's collections, minor and major, by gc.hooks (PyPy's manual, «GC hooks»): told a little late, summed.

    Where its durations are ticks, whole numbers of no unit, there is no time to tell.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts = [0, 0]

    def watch(self) -> None:
        hooks = vars(gc)["hooks"]
        hooks.on_gc_minor, hooks.on_gc_collect_step, hooks.on_gc_collect = self._minor, self._step, self._major

    def _minor(self, stats: Any) -> None:
        self.counts[0] += stats.count
        self._took(stats.duration)

    def _step(self, stats: Any) -> None:
        self._took(stats.duration)

    def _major(self, stats: Any) -> None:
        self.counts[1] += stats.count

    def _took(self, duration: float) -> None:
        if isinstance(duration, int) or self.collecting_ns is None:
            self.collecting_ns = None
        else:
            self.collecting_ns += int(duration * 1e9)


def watch_collections() -> Collections:
    """The account of this interpreter's collections, begun."""
    account = Hooked() if sys.implementation.name == "pypy" else Collections()
    account.watch()
    return account


def jit() -> dict[str, float]:
    """What PyPy's JIT has done so far: loops, bridges, aborts, and seconds of tracing and compiling; else nothing.

    Before its first machine code it has no figures: asked for some, PyPy 3.11 crashes.
    """
    if "pypyjit" not in sys.builtin_module_names:
        return {}
    import pypyjit  # type: ignore[import-not-found, unused-ignore] # PyPy's own

    if not pypyjit.get_stats_asmmemmgr()[0]:
        return dict.fromkeys((*JIT_COUNTS, "aborts", *JIT_TIMES), 0)
    figures = pypyjit.get_stats_snapshot()
    done = {name: figures.counters.get(key, 0) for name, key in JIT_COUNTS.items()}
    aborts = sum(count for key, count in figures.counters.items() if key.startswith("ABORT_"))
    return done | {"aborts": aborts} | {name: figures.counter_times.get(key, 0.0) for name, key in JIT_TIMES.items()}
