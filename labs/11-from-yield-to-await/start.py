"""From yield to await: awaitables made by hand, a loop for them, and handlers that do not care whose loop it is.

A coroutine is what lab 10 called a task's body: it has `send`, and what comes out of it are traps. Only, nobody writes
`yield` any more. `await` passes traps up and values down, and at the very bottom an awaitable made by hand yields one.

Six places are marked TODO, in the order of the README's tasks. The loop is complete.
"""

import asyncio
import heapq
import time
import types
from collections import deque
from itertools import count

# The bottom: where a trap is yielded. The only three places with a `yield`.


class Sleep:
    """An awaitable by hand: `await Sleep(0.5)` stands still for so many seconds."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        """An iterator. What it yields goes through every `await` above, up to the loop."""
        raise NotImplementedError("Sleep.__await__")  # TODO 1: `self.put_to_sleep` is what the loop is to get

    def put_to_sleep(self, loop, task):
        """The trap: what the loop is to do while the task stands still."""
        heapq.heappush(loop.sleepers, (loop.clock() + self.seconds, next(loop.numbers), task))


@types.coroutine
def trap(function):
    """Any trap, to be awaited: stand still, have `function(loop, task)` called; gives what the task is resumed with."""
    raise NotImplementedError("trap")  # TODO 2: the same for any trap; `spawn`, below, needs the value it gives
    yield


class Task:
    """A coroutine under way, and afterwards what it left: `result` or `error`."""

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.is_done = False
        self.result = None
        self.error = None
        self.waiters = []  # the tasks that await this one

    def __await__(self):
        """Stand still until it is done. Gives its result; raises what it raised."""
        raise NotImplementedError("Task.__await__")  # TODO 3: three cases: not done yet, failed, returned

    def add_waiter(self, loop, task):
        """The trap: who awaits this one is made ready by `Loop.end`."""
        self.waiters.append(task)


# On these, everything else is `async def` and `await`.


async def sleep(seconds):
    """Stand still for so many seconds."""
    await Sleep(seconds)


async def spawn(coroutine):
    """A new task that runs the coroutine beside this one. Gives the Task."""
    return await trap(lambda loop, task: loop.make_ready(task, loop.start(coroutine)))


async def gather(*coroutines):
    """Run them all at once. Gives their results, in the order in which they were given; raises what one raised."""
    raise NotImplementedError("gather")  # TODO 4: `spawn` gives a Task at once, and a Task can be awaited


own = types.SimpleNamespace(sleep=sleep, gather=gather)  # what handlers get as `lib`; they may get asyncio in its place


class Loop:
    """Runs a main coroutine, and the tasks that it spawns. Complete: lab 10's scheduler, without descriptors."""

    def __init__(self, clock=time.monotonic, sleep=time.sleep):
        self.clock, self.sleep = clock, sleep
        self.ready = deque()  # (task, the value to go on with)
        self.sleepers = []  # a heap of (due, number, task)
        self.numbers = count()

    def run(self, coroutine):
        """Turn until the main coroutine is done. Its result; raises what it raised."""
        main = self.start(coroutine)
        while not main.is_done:
            self.turn()
        if main.error is not None:
            raise main.error
        return main.result

    def turn(self):
        """Sleep if nobody is ready, wake the sleepers that are due, one step for whoever is ready."""
        if not self.ready:
            if not self.sleepers:
                raise RuntimeError("everybody waits, and nobody will ever wake them")
            self.sleep(max(0, self.sleepers[0][0] - self.clock()))
        while self.sleepers and self.sleepers[0][0] <= self.clock():
            self.make_ready(heapq.heappop(self.sleepers)[2])
        for _ in range(len(self.ready)):
            self.step(*self.ready.popleft())

    def start(self, coroutine):
        """A new task, at the end of the queue."""
        task = Task(coroutine)
        self.make_ready(task)
        return task

    def make_ready(self, task, value=None):
        """The task's wait is over; `value` is what its `yield` gives."""
        self.ready.append((task, value))

    def step(self, task, value):
        """Let a task run to its next trap, and carry that out."""
        try:
            trap = task.coroutine.send(value)
        except StopIteration as end:
            self.end(task, result=end.value)
        except Exception as error:
            self.end(task, error=error)  # kept for whoever awaits the task
        else:
            trap(self, task)

    def end(self, task, result=None, error=None):
        """The task is over: who awaits it goes on, and looks himself at what it left."""
        task.is_done, task.result, task.error = True, result, error
        for waiter in task.waiters:
            self.make_ready(waiter)


# The handlers. They wait by `lib.sleep` and `lib.gather`, and know nothing of the loop: `lib` is `own`, or asyncio.
# TODO 5: they are in lab 10's style. Rewrite them in place, as coroutines. TODO 6: one of them forgets to wait.


def fetch(lib, what, seconds, log):
    """One part of a page, from an upstream service that takes so long."""
    log(f"asks for {what}")
    yield from lib.sleep(seconds)
    log(f"has {what}")
    return what.upper()


def page(lib, log):
    """A page of three parts, which are asked for at once."""
    parts = yield from lib.gather(
        fetch(lib, "head", 0.5, log),
        fetch(lib, "body", 1, log),
        fetch(lib, "foot", 0.25, log),
    )
    log("the page is complete")
    return " ".join(parts)


def broken(lib, seconds, log):
    """An upstream service that is down, which shows after so long."""
    log("asks the broken one")
    yield from lib.sleep(seconds)
    raise ConnectionError("upstream is down")


def guarded(lib, log):
    """A page that says sorry when a part fails."""
    try:
        parts = yield from lib.gather(broken(lib, 0.25, log), fetch(lib, "body", 0.5, log))
        return " ".join(parts)
    except ConnectionError as error:
        log(f"sorry: {error}")
        return "SORRY"
    finally:
        yield from lib.sleep(0.5)
        log("the page is closed")


def audit(lib, log):
    """Writes down the visit: it looks something up, and rests before it says that it is done."""
    log("the audit begins")
    yield from lib.sleep(0.25)
    log("the audit has looked it up")
    lib.sleep(1)
    log("the audit ends")


# To see it run, on both: python work.py


def show(run, lib, handler):
    """Run a handler, and print what it does, and when."""
    began = time.monotonic()

    def log(event):
        print(f"  {time.monotonic() - began:4.2f} s  {event}")

    try:
        print(f"  gives {run(handler(lib, log))!r}")
    except NotImplementedError as missing:
        print(f"  … and that is all there is yet: `{missing}` is missing")
    except (TypeError, ValueError) as error:
        print(f"  {type(error).__name__}: {error}")


if __name__ == "__main__":
    for handler in (page, audit):
        print(f"{handler.__name__} on our own loop:")
        show(Loop().run, own, handler)
        print(f"{handler.__name__} on asyncio:")
        show(asyncio.run, asyncio, handler)
