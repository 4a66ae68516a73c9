"""Wrong: all tasks are there at once, but each takes a lock, which the one before it gives back at its end."""

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
        yield self.put_to_sleep

    def put_to_sleep(self, loop, task):
        """The trap: what the loop is to do while the task stands still."""
        heapq.heappush(loop.sleepers, (loop.clock() + self.seconds, next(loop.numbers), task))


@types.coroutine
def trap(function):
    """Any trap, to be awaited: stand still, have `function(loop, task)` called; gives what the task is resumed with."""
    return (yield function)


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
        if not self.is_done:
            yield self.add_waiter
        if self.error is not None:
            raise self.error
        return self.result

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

    async def locked(holder, coroutine):
        if holder:
            await holder
        return await coroutine

    tasks = []
    for each in coroutines:
        tasks.append(await spawn(locked(tasks[-1] if tasks else None, each)))
    return [await task for task in tasks]


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


async def fetch(lib, what, seconds, log):
    """One part of a page, from an upstream service that takes so long."""
    log(f"asks for {what}")
    await lib.sleep(seconds)
    log(f"has {what}")
    return what.upper()


async def page(lib, log):
    """A page of three parts, which are asked for at once."""
    parts = await lib.gather(
        fetch(lib, "head", 0.5, log),
        fetch(lib, "body", 1, log),
        fetch(lib, "foot", 0.25, log),
    )
    log("the page is complete")
    return " ".join(parts)


async def broken(lib, seconds, log):
    """An upstream service that is down, which shows after so long."""
    log("asks the broken one")
    await lib.sleep(seconds)
    raise ConnectionError("upstream is down")


async def guarded(lib, log):
    """A page that says sorry when a part fails."""
    try:
        parts = await lib.gather(broken(lib, 0.25, log), fetch(lib, "body", 0.5, log))
        return " ".join(parts)
    except ConnectionError as error:
        log(f"sorry: {error}")
        return "SORRY"
    finally:
        await lib.sleep(0.5)
        log("the page is closed")


async def audit(lib, log):
    """Writes down the visit: it looks something up, and rests before it says that it is done."""
    log("the audit begins")
    await lib.sleep(0.25)
    log("the audit has looked it up")
    await lib.sleep(1)
    log("the audit ends")
