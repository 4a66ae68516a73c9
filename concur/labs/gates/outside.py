"""What may still reach a loop that has nothing to do. As long as something may, its virtual clock must not jump.

Tier 0. A loop on a virtual clock jumps to its next timer when nothing is ready.
But what is not ready now may be under way: a thread works for the loop, a child
runs, a peer is about to answer. Real time goes by for these, so the loop waits
for real, as long as its timer would have waited at most; then its order of
events is that of a real clock. Only where all the world stands still it jumps.

Whether another thread stands still the kernel tells: it sleeps, and has not run
between two looks. One that wants a core and gets none is runnable, so a busy
machine does not deceive. Elsewhere than on Linux its frame must not have moved.

What must not live here: loops and clocks; who waits hands over how to poll.
"""

import os
import sys
import threading
from collections.abc import Callable
from math import inf
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeVar

from concur.labs.gates.verdict import Failed

T = TypeVar("T")

LOOK_S = 0.001  # between two looks: others have the GIL meanwhile
STILL_S = 0.5  # a thread or child of the program's own that slept so long waits for the loop, rather than works for it
STUCK_S = 1.5  # the same where nothing at all is left to do: then that is a deadlock
TASKS = Path("/proc/self/task")


class OwnThread(threading.Thread):
    """A thread of an instrument. is_watched: whether it may wake a loop, as a peer's does, unlike a heartbeat's."""

    def __init__(self, target: Callable[[], object], name: str, is_watched: bool = True) -> None:
        super().__init__(target=target, name=name, daemon=True)
        self.is_watched = is_watched


class Pending:
    """How many things are known to be under way: calls in executors, answers of a slow peer."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        with self._lock:
            self._count += 1

    def end(self, *_: object) -> None:
        with self._lock:
            self._count -= 1

    def __bool__(self) -> bool:
        return self._count > 0


answers = Pending()  # that peers owe


class Look(NamedTuple):
    """A thread or child at one moment: its state, how often it ran, and for how long."""

    state: str
    turns: str
    ran_s: float

    @property
    def is_runnable(self) -> bool:
        """It runs, wants to run, or waits for a disk."""
        return self.state in ("R", "D")


class Outside:
    """Everything beside the loop, as one run of it sees it: what was there before does not work for it unasked."""

    def __init__(self) -> None:
        self.calls = Pending()
        self._thread = threading.get_ident()
        self._threads_before = set(threading.enumerate())
        self._children_before = children()
        self._last: dict[Any, Look] = {}
        self._asleep_s: dict[Any, float] = {}

    def poll(self, poll: Callable[[float], list[T]], patience_s: float | None, has_descriptors: bool) -> list[T]:
        """What `poll` gives, at once or after a real wait; nothing if the clock may jump.

        poll: takes seconds to wait at most; patience_s: real seconds after which
        the clock jumps in any case, None for never; has_descriptors: whether
        there are any beside the loop's own waker.
        """
        if (ready := poll(0)) or patience_s == 0 or not (has_descriptors or self._others()):
            return ready
        left_s, still_s = (inf, STUCK_S) if patience_s is None else (patience_s, STILL_S)
        self._look(still_s)
        while left_s > 0:
            if ready := poll(min(LOOK_S, left_s)):
                return ready
            passed_s, is_all_still = self._look(still_s)
            if is_all_still:
                break
            left_s -= passed_s
        return poll(0)  # a look takes a while: what it found to be over may have begun it by waking the loop

    def _look(self, still_s: float) -> tuple[float, bool]:
        """Compare with the last look: the time that passed for those outside, and whether nothing may come of them.

        Where all sleep that is the time of a look. Where some run it is what they ran,
        so that it does not pass for those that are kept from running.
        """
        others = self._others()
        now = {one: look_at(one) for one in others}
        moved = {one for one in others if now[one] != self._last.get(one) or now[one].is_runnable}
        ran_s = sum(now[one].ran_s - self._last[one].ran_s for one in moved if one in self._last)
        self._last = now
        self._asleep_s = {one: 0 if one in moved else self._asleep_s.get(one, 0) + LOOK_S for one in others}
        at_work = any(asleep_s < still_s and self._works_for_us(one) for one, asleep_s in self._asleep_s.items())
        is_all_still = not (moved or at_work or self.calls or answers)
        return min(ran_s, LOOK_S) if moved else LOOK_S, is_all_still

    def _others(self) -> list[Any]:
        """Threads that may wake the loop, and children."""
        threads = [one for one in threading.enumerate() if one.ident != self._thread]
        watched = [one for one in threads if getattr(one, "is_watched", True)]
        return [*watched, *children()]

    def _works_for_us(self, other: Any) -> bool:
        if isinstance(other, int):
            return other not in self._children_before
        return not isinstance(other, OwnThread) and other not in self._threads_before and not is_idle(other)


def look_at(other: "threading.Thread | int") -> Look:
    """As the kernel tells it (proc(5), stat and schedstat); where it does not, whether the frame has moved."""
    if isinstance(other, threading.Thread) and other.native_id is None:
        return Look("R", "", 0.0)  # started, and about to run for the first time
    task = Path("/proc", str(other)) if isinstance(other, int) else TASKS / str(other.native_id)
    try:
        state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        ran_ns, _, turns = (task / "schedstat").read_text().split()
        return Look(state, turns, int(ran_ns) / 1e9)
    except (OSError, ValueError):  # it has ended, or there is no /proc
        return Look("", frame_of(other), 0.0)


def frame_of(other: "threading.Thread | int") -> str:
    frame = None if isinstance(other, int) else innermost(other)
    return f"{id(frame)} {frame.f_lasti}" if frame else ""


def innermost(thread: threading.Thread) -> FrameType | None:
    return sys._current_frames().get(thread.ident or 0)


def is_idle(thread: threading.Thread) -> bool:
    """Whether it is an executor's, and waits for work: its innermost frame is that of the loop around the work."""
    if thread.name == "ExecutorManagerThread" or type(thread).__name__ == "_ExecutorManagerThread":
        return True  # its calls are known to be under way
    frame = innermost(thread)
    if frame is None or frame.f_code.co_name != "_worker":
        return False
    return "concurrent" in frame.f_code.co_filename and frame.f_locals.get("work_item") is None


def children() -> set[int]:
    """The pids of this process's children, those too that ended and were not waited for; none if nobody tells."""
    try:
        return {int(pid) for task in TASKS.iterdir() for pid in (task / "children").read_text().split()}
    except OSError:
        return set()


STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
CONCUR = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")) + os.sep


def is_of_python(filename: str) -> bool:
    """Whether a file belongs to Python or to concur, rather than to the program."""
    if filename.startswith(("<frozen", CONCUR)):
        return True
    return filename.startswith(STANDARD_LIBRARY) and "site-packages" not in filename


def place(frame: FrameType) -> str:
    """«work.py:12 in fetch»."""
    code = frame.f_code
    return f"{os.path.basename(code.co_filename)}:{frame.f_lineno} in {code.co_name}"


def where_it_waits(awaited: Any) -> str:
    """The program's innermost line at which a coroutine or generator stands still, as «work.py:12 in fetch»."""
    where = ""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame and (not where or not is_of_python(frame.f_code.co_filename)):
            where = place(frame)
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return where or "nowhere"


def deadlock(waiting: list[str]) -> Failed:
    """Nothing is ready, no timer is set, nothing is under way: these wait for ever."""
    seen = f"a deadlock: {len(waiting)} wait for ever" if waiting else "a deadlock: all is over, but the loop runs"
    return Failed("every task comes to its end", seen, "\n".join(sorted(waiting)))
