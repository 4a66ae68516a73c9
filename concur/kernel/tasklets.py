"""Stackless' tasklets and channels: PyPy's own `stackless` where there is one, elsewhere the same names on greenlet.

Tier 0. A tasklet runs until it gives way: by `schedule`, or by a channel where
nobody waits for it yet. A channel holds no data. It is a meeting point, where
whoever comes first stands still until the other one comes.

There is one main tasklet, which was there before all others. All that can run
stands in one line; who runs is at its head. An error that a tasklet does not
catch comes out of the main tasklet's call, wherever that had given way.

`CONCUR_STACKLESS=greenlet` takes this file's on PyPy too. Rules and names are
those of Stackless' documentation (docs of stackless: tasklets, channels), as far
as PyPy agrees. It does not in one thing: there, when a tasklet ends whose next
in line is the main one, that lets all others go first.

What must not live here: descriptors and times, which are the reactor's.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit as TaskletExit
from greenlet import getcurrent as current_greenlet
from greenlet import greenlet

from concur.errors import MachineError

__all__ = ["STACKLESS", "TaskletExit", "channel", "getcurrent", "getmain", "getruncount", "run", "schedule", "tasklet"]

PREFER_RECEIVER, PREFER_SENDER = -1, 1


class tasklet:
    """A function that runs in turns with others: `tasklet(function)(argument, …)`.

    alive: whether it has something to run and has not ended.
    blocked: -1 while it waits to receive, 1 while it waits to send, else 0.
    """

    def __init__(self, func: Callable[..., object] | None = None) -> None:
        self.func = func
        self.alive, self.blocked = False, 0
        self._scheduler: Scheduler
        self._greenlet: greenlet
        self._resume: Callable[[], object]
        self._channel: channel | None = None  # where it waits
        self._value: Any = None  # what it sends, or has received

    def bind(self, func: Callable[..., object]) -> None:
        """Give it its function."""
        if not callable(func):
            raise TypeError("a tasklet's function must be callable")
        self.func = func

    def setup(self, *arguments: Any, **options: Any) -> "tasklet":
        """Give it its arguments and the last place in the line. Returns the tasklet itself."""
        if self.func is None or self.alive:
            raise TypeError("a tasklet needs a function, and is set up once")
        function, self.func = self.func, None
        self._scheduler = _threads.scheduler

        def live() -> None:
            self._resume = self._greenlet.switch  # bound once: every wait calls it
            try:
                function(*arguments, **options)
            finally:
                self.alive = False

        self._greenlet = greenlet(live, self._scheduler.main._greenlet)
        self._resume = partial(self._scheduler.begin, self._greenlet)
        self.alive = True
        self._scheduler.runnables.append(self)
        return self

    __call__ = setup

    def insert(self) -> None:
        """Put it last in the line, unless it stands there. Raises RuntimeError if it waits at a channel or is dead."""
        if self.blocked or not self.alive:
            raise RuntimeError(f"a {'blocked' if self.blocked else 'dead'} tasklet cannot run")
        if self is not self._scheduler.current and self not in self._scheduler.runnables:
            self._scheduler.runnables.append(self)

    def remove(self) -> None:
        """Take it out of the line, until `insert` or `run`. Raises RuntimeError if it waits at a channel, or runs."""
        if self.blocked or (self.alive and self is self._scheduler.current):
            raise RuntimeError(f"a {'blocked' if self.blocked else 'running'} tasklet cannot be removed")
        if self.alive:
            self._scheduler.withdraw(self)

    def run(self) -> None:
        """Run it now; the caller is next in line. Raises RuntimeError as `insert` does."""
        self.insert()
        if self is not self._scheduler.current:
            self._scheduler.withdraw(self)
            self._scheduler.cut_in(self)

    def kill(self) -> None:
        """Raise TaskletExit where it stands, now; the caller is next in line. A dead one is left in peace."""
        if not self.alive:
            return
        if self is self._scheduler.current:
            raise TaskletExit
        self._scheduler.withdraw(self)
        if self._greenlet:
            self._scheduler.cut_in(self, self._greenlet.throw)
        else:  # it never began
            self.alive = False


class Scheduler:
    """The line of one thread's tasklets. Whoever runs carries out the switch to the next one; nobody stands above."""

    def __init__(self) -> None:
        self.main = self.current = tasklet()
        self.main._greenlet, self.main._scheduler, self.main.alive = current_greenlet(), self, True
        self.main._resume = self.main._greenlet.switch
        self.runnables: deque[tasklet] = deque()  # the line behind the one that runs
        self.runners: list[tasklet] = []  # those that called `run`, and go on when the line is empty
        self.begin = greenlet(_begin_each).switch
        self.begin(self.main._greenlet)

    def next(self) -> tasklet:
        """Who goes on if the current one does not. Raises RuntimeError if nobody can."""
        if self.runnables:
            return self.runnables.popleft()
        if self.runners:
            return self.runners.pop()
        raise RuntimeError("deadlock: no tasklet can run any more")

    def cut_in(self, other: tasklet, resume: Callable[[], object] | None = None) -> None:
        """Let that one go on; the current one goes on after it, before all others."""
        self.runnables.appendleft(self.current)
        self.switch(other, resume)

    def switch(self, other: tasklet, resume: Callable[[], object] | None = None) -> None:
        """Leave the current tasklet, for which somebody else has to care, and let another go on, or end by `resume`."""
        leaving, self.current = self.current, other
        if other is leaving:
            return
        if leaving is self.main:
            self._switch_from_main(resume or other._resume)
        else:
            (resume or other._resume)()

    def _switch_from_main(self, resume: Callable[[], object]) -> None:
        """A greenlet's end, or its error, leads to its parent, here the main one; whose turn that may not be."""
        try:
            resume()
            while self.current is not self.main:
                self.current = self.next()
                if self.current is not self.main:
                    self.current._resume()
        except BaseException:
            self.withdraw(self.main)
            self.current = self.main
            raise

    def withdraw(self, one: tasklet) -> None:
        """Take a tasklet out of wherever it waits."""
        if one._channel:
            one._channel.leave(one)
        for line in (self.runnables, self.runners):
            if one in line:
                line.remove(one)


def _begin_each(main: greenlet) -> None:
    """Each greenlet that it is switched to with begins here. Its stack counts as deep as that of who began it
    (`sys.getrecursionlimit`), and tasklets begin each other: of a hundred, the last would stand on all others.
    """
    begun = main.switch()
    while True:
        begun = begun.switch()


class _Threads(threading.local):
    """Each thread has a scheduler of its own, and a main tasklet."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()


_threads = _Threads()


class _Error:
    """An exception on its way through a channel."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class channel:
    """Where tasklets of one thread meet to hand over a value.

    preference: who goes on when both are there, -1 the receiver, 1 the sender, 0 whoever came last.
    schedule_all: neither, but the next in line.
    balance: how many wait, to send if it is above 0, to receive if below.
    """

    def __init__(self) -> None:
        self.preference, self.schedule_all = PREFER_RECEIVER, False
        self.balance = 0
        self.queue: deque[tasklet] = deque()
        self._scheduler = _threads.scheduler

    def send(self, value: Any) -> None:
        """Hand a value over; wait for a receiver, if none is there."""
        if self.balance < 0:
            receiver = self._meet(1)
            receiver._value = value
            self._decide(receiver, PREFER_RECEIVER)
        else:
            self._scheduler.current._value = value
            self._wait(1)

    def receive(self) -> Any:
        """Take a value over; wait for a sender, if none is there. Raises what `send_exception` sent."""
        own = self._scheduler.current
        if self.balance > 0:
            sender = self._meet(-1)
            own._value = sender._value
            self._decide(sender, PREFER_SENDER)
        else:
            self._wait(-1)
        value, own._value = own._value, None
        if type(value) is _Error:
            raise value.error
        return value

    def send_exception(self, kind: type[BaseException], *arguments: Any) -> None:
        """Raise an exception in who receives."""
        self.send(_Error(kind(*arguments)))

    def send_sequence(self, values: Iterable[Any]) -> None:
        """Send one after the other."""
        for value in values:
            self.send(value)

    def _meet(self, direction: int) -> tasklet:
        """The first of those who wait."""
        other = self.queue.popleft()
        self.balance += direction
        other._channel, other.blocked = None, 0
        return other

    def _decide(self, other: tasklet, wanted: int) -> None:
        """Who goes on, now that both have what they came for."""
        scheduler = self._scheduler
        if self.preference == wanted and not self.schedule_all:
            scheduler.runnables.append(scheduler.current)
            scheduler.switch(other)
        else:
            scheduler.runnables.append(other)
            if self.schedule_all:
                schedule()

    def _wait(self, direction: int) -> None:
        """Stand still until somebody comes; the next in line goes on."""
        scheduler = self._scheduler
        own, other = scheduler.current, scheduler.next()
        own._channel, own.blocked = self, direction
        self.queue.append(own)
        self.balance += direction
        scheduler.switch(other)

    def leave(self, one: tasklet) -> None:
        """Somebody waits no more: it was killed, or interrupted by an error."""
        self.queue.remove(one)
        self.balance -= one.blocked
        one._channel, one.blocked = None, 0


def schedule() -> None:
    """Go to the end of the line, and let the next one run."""
    scheduler = _threads.scheduler
    scheduler.runnables.append(scheduler.current)
    scheduler.switch(scheduler.next())


def run() -> None:
    """Stand aside until the line is empty: all others have ended, or wait at channels."""
    scheduler = _threads.scheduler
    scheduler.runners.append(scheduler.current)
    scheduler.switch(scheduler.next())


def getcurrent() -> tasklet:
    """The tasklet that runs."""
    return _threads.scheduler.current


def getmain() -> tasklet:
    """The tasklet that was there before all others."""
    return _threads.scheduler.main


def getruncount() -> int:
    """How many can run, the current one included."""
    return len(_threads.scheduler.runnables) + 1


def need_main() -> None:
    """Raise MachineError unless it is the main tasklet that calls."""
    if getcurrent() is not getmain():
        raise MachineError(
            "tasklets cannot run here",
            why="PyPy's stackless knows one scheduler, that of the thread which imported it",
            do="Have several as processes.",
        )


STACKLESS = "greenlet"  # whose tasklets these are

if not TYPE_CHECKING and sys.implementation.name == "pypy" and os.environ.get("CONCUR_STACKLESS") != "greenlet":
    from stackless import TaskletExit, channel, getcurrent, getmain, getruncount, run, schedule, tasklet

    STACKLESS = "pypy"
