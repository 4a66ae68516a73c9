"""One run of a few real threads of which only the holder of the baton goes on.

Tier 0. Each thread stands still before every opcode of the functions looked at,
and before every wait of a controlled primitive; there a guide (see `guide.py`)
says who goes on. So the order in which the threads do what they do is the
guide's alone, and the same guide gives the same order again. The threads are
real, as is all that they call; only their turns are ordered.

Two kinds of waiting are told apart. A thread that waits in a controlled
primitive has handed on the baton; if all do, that is a deadlock, and who waits
for whom is known. A thread that is away for long in a call that is not
controlled, in a socket or a lock that nobody replaced, holds the baton still:
the one clock here notices, and the run ends as "stuck".
"""

import sys
import threading
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any, Literal, Protocol

from concur.labs.gates.cycles import Wait
from concur.labs.gates.operations import Operation
from concur.labs.gates.peeking import peek
from concur.labs.gates.schedule import letter
from concur.labs.gates.tracing import Ended, begin_tracing, end_tracing, tracer

Place = Literal["start", "step", "yield", "wait", "end"]
Ending = Literal["", "raised", "deadlock", "endless", "stuck"]
START = Operation("start", 0, "", False, True, "")

STUCK_S = 3.0  # so long without a step, and nothing moved in its stack: the thread waits where no baton reaches it
LOOKS = 3  # how often that is seen before it is believed
LEAVE_S = 1.0  # for a thread to end once its run is over


class Guide(Protocol):
    """Says who goes on."""

    def choose(self, run: "Run", lane: "Lane | None", place: Place) -> "Lane":
        """The lane to go on, of those that can; `lane` stands at `place`. Asked only if one can."""


class Event:
    """Something that a thread did: the operation, and the value that it loaded or stored if that was looked at."""

    __slots__ = ("is_again", "lane", "line", "operation", "value", "waits", "word")

    def __init__(self, lane: int, operation: Operation) -> None:
        self.lane, self.operation, self.word, self.line = lane, operation, operation.word, operation.line
        self.value, self.waits, self.is_again = "", False, False

    @property
    def is_shared(self) -> bool:
        return self.operation.is_shared or self.word != self.operation.word


class Lane:
    """One thread of a run. `wait` is what it stands still for, if it does."""

    def __init__(self, number: int, body: Callable[[], object], name: str = "") -> None:
        self.number, self.body, self.name = number, body, name or letter(number)
        self.baton = allocate_lock()
        self.baton.acquire()
        self.is_alive = True
        self.ahead: Operation = START
        self.last: Event | None = None
        self.frame: FrameType | None = None
        self.wait: Wait | None = None
        self.has_timed_out = False
        self.may_break = True  # CPython would look at its eval breaker here
        self.is_amended = False  # the last operation has been named by a primitive
        self.error: BaseException | None = None
        self.ident = 0
        self.gone = allocate_lock()  # let go of by the thread as its last deed
        self.gone.acquire()

    @property
    def can_go(self) -> bool:
        return self.is_alive and (self.wait is None or self.has_timed_out or self.wait.is_met())


class Run:
    """Threads, and who of them holds the baton. `go` runs them; afterwards `ending` says how it ended ("" well)."""

    def __init__(
        self,
        bodies: Sequence[Callable[[], object]],
        look_up: Callable[[CodeType], dict[int, Operation] | None],
        guide: Guide,
        *,
        most_steps: int,
        keeps_values: bool = False,
    ) -> None:
        self.look_up, self.guide, self.most_steps, self.keeps_values = look_up, guide, most_steps, keeps_values
        self.lanes: list[Lane] = []
        self.by_ident: dict[int, Lane] = {}
        self.events: list[Event] = []
        self.ending: Ending = ""
        self.what = ""
        self.waits: list[Wait] = []
        self.is_over = False
        self.now_s = 0.0  # virtual: only sleeps and timeouts move it
        self._done = allocate_lock()
        self._done.acquire()
        self._holder: Lane | None = None
        self._seen: list[tuple[object, ...]] = []
        for body in bodies:
            self.spawn(body)

    def spawn(self, body: Callable[[], object], name: str = "") -> Lane:
        """A new thread, which stands before its first step."""
        lane = Lane(len(self.lanes), body, name)
        self.lanes.append(lane)
        lane.ident = start_new_thread(self._live, (lane,))  # no threading.Thread, whose start waits for the thread's
        return lane

    @property
    def lane(self) -> Lane | None:
        """The lane that calls this; None if none does: outside of the run, in `make` or `verdict`."""
        return self.by_ident.get(get_ident())

    def go(self) -> None:
        """Run all threads to their ends, or as far as they come. None of them is left, unless it is stuck."""
        try:
            self._hand_on(self._next(None, "start"))
            while not self._done.acquire(timeout=STUCK_S / LOOKS):
                if where := self._is_stuck():
                    self._finish("stuck", where)
        finally:
            self._end_all()

    def _end_all(self) -> None:
        self.is_over = True
        for lane in self.lanes:
            if lane.is_alive and lane.baton.locked():
                lane.baton.release()
            if not lane.gone.acquire(timeout=LEAVE_S) and not self.ending:
                self.ending, self.what = "stuck", f"{lane.name} did not end when the run was over"

    def _live(self, lane: Lane) -> None:
        self.by_ident[get_ident()] = lane
        lane.baton.acquire()
        try:
            self._check_over()
            self._note(lane, START)
            begin_tracing(sys._getframe(), tracer(lane, self.look_up, self.stand_before))
            lane.body()
        except Ended:
            pass
        except BaseException as error:
            lane.error = error
        finally:
            end_tracing()
            self._leave(lane)
            _forget_me()
            lane.gone.release()

    def _leave(self, lane: Lane) -> None:
        lane.is_alive = False
        if self.is_over:
            return
        if lane.error:
            self._finish("raised", _say(lane, lane.error))
        elif not any(other.is_alive for other in self.lanes):
            self._finish("", "")
        elif following := self._next(lane, "end"):
            self._hand_on(following)

    # What a thread calls where it may have to stand still

    def stand(self, lane: Lane, place: Place) -> None:
        """Stand still until it is this lane's turn. Raises Ended if the run ends instead."""
        self._check_over()
        following = self._next(lane, place)
        if following is not lane:
            if following:
                self._hand_on(following)
                lane.baton.acquire()
            self._check_over()

    def stand_before(self, lane: Lane, operation: Operation, frame: FrameType | None) -> None:
        """Stand before an operation, and then do it."""
        if self.keeps_values:
            self._keep_value(lane, frame)
        lane.ahead, lane.frame = operation, frame
        self.stand(lane, "step")
        self._note(lane, operation)

    def stand_in_wait(self, lane: Lane, wait: Wait) -> bool:
        """Stand until something is so. False if the time for it was over before."""
        lane.wait, lane.has_timed_out = wait, False
        if lane.last:
            lane.last.waits = True
        self.stand(lane, "wait")
        lane.wait = None
        self._again(lane)
        return not lane.has_timed_out

    def stand_in_sleep(self, lane: Lane) -> None:
        """Let the others go on, if any can: sleeping for longer than that promises nothing."""
        self.stand(lane, "yield")
        self._again(lane)

    def name(self, lane: Lane, word: str) -> None:
        """Say what the operation that is under way really is: "call acquire" is "acquire lock"."""
        if lane.is_amended:  # another one without an opcode looked at between: a step of its own
            self.stand_before(lane, lane.ahead._replace(word=word), lane.frame)
        elif lane.last:
            lane.last.word = word
        lane.is_amended = True

    # Inside

    def _next(self, lane: Lane | None, place: Place) -> Lane | None:
        """Who goes on from here. Nobody: that is a deadlock, and the run is over."""
        if place == "step" or any(one.can_go for one in self.lanes) or self._time_passes():
            return self.guide.choose(self, lane, place)
        self.waits = [one.wait for one in self.lanes if one.is_alive and one.wait]
        self._finish("deadlock", "")
        return None

    def _time_passes(self) -> bool:
        """Nobody can go on: the earliest time for a wait is over. False if there is none."""
        timed = [lane for lane in self.lanes if lane.is_alive and lane.wait and lane.wait.due_s is not None]
        if not timed:
            return False
        first = min(timed, key=lambda lane: (lane.wait and lane.wait.due_s, lane.number))
        assert first.wait
        self.now_s = max(self.now_s, first.wait.due_s or 0.0)
        first.has_timed_out = True
        return True

    def _hand_on(self, lane: Lane | None) -> None:
        if lane:
            self._holder = lane
            lane.baton.release()

    def _note(self, lane: Lane, operation: Operation) -> None:
        lane.is_amended = False
        lane.may_break = operation.checks
        lane.last = Event(lane.number, operation)
        self.events.append(lane.last)
        if len(self.events) > self.most_steps and not self.is_over:
            self._finish("endless", f"no end after {self.most_steps:,} steps; the last were in line {operation.line}")
            raise Ended

    def _again(self, lane: Lane) -> None:
        """It goes on in the operation in which it stood still: a step like any other."""
        if lane.last:
            before = lane.last
            self._note(lane, before.operation)
            lane.last.word, lane.last.is_again, lane.is_amended = before.word, True, True

    def _keep_value(self, lane: Lane, frame: FrameType | None) -> None:
        if lane.last and frame and frame is lane.frame:
            lane.last.value = peek(frame, lane.last.operation)

    def _check_over(self) -> None:
        if self.is_over:
            raise Ended

    def _finish(self, ending: Ending, what: str) -> None:
        if not self.is_over:
            self.is_over, self.ending, self.what = True, ending, what
            self._done.release()

    def _is_stuck(self) -> str:
        """Where the holder of the baton waits, if it makes no steps and its stack does not move; else nothing."""
        lane = self._holder
        if not lane:
            return ""
        stack: tuple[Any, ...] = (len(self.events), *_stack(lane.ident))
        self._seen = [*self._seen[-LOOKS + 1 :], stack]
        if len(self._seen) < LOOKS or any(other != stack for other in self._seen):
            return ""
        line = next((line for code, _, line in stack[1:] if self.look_up(code) is not None), lane.ahead.line)
        return f"{lane.name} went away in line {line} and did not come back: it waits for something not controlled here"


def _forget_me() -> None:
    """Whoever asks for the current thread gets a dummy for a thread like this, which up to 3.12 outlives it."""
    active: dict[int, object] = getattr(threading, "_active", {})
    active.pop(get_ident(), None)


def _stack(ident: int) -> list[tuple[CodeType, int, int]]:
    frame, stack = sys._current_frames().get(ident), []
    while frame:
        stack.append((frame.f_code, frame.f_lasti, frame.f_lineno))
        frame = frame.f_back
    return stack


def _say(lane: Lane, error: BaseException) -> str:
    """What a thread raised, and the line of the learner's where it did."""
    line = lane.last.line if lane.last else 0
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"{lane.name} raised {text}" + (f" (line {line})" if line else "")
