"""Wrong: it waits as a page does, and fetches nothing."""

import asyncio
import heapq
import time
import types
from collections import deque
from itertools import count

# The bottom: where a trap is yielded. The only three places with a `yield`.


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self.put_to_sleep

    def put_to_sleep(self, loop, task):
        heapq.heappush(loop.sleepers, (loop.clock() + self.seconds, next(loop.numbers), task))


@types.coroutine
def trap(function):
    return (yield function)


class Task:
    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.is_done = False
        self.result = None
        self.error = None
        self.waiters = []  # the tasks that await this one

    def __await__(self):
        if not self.is_done:
            yield self.add_waiter
        if self.error is not None:
            raise self.error
        return self.result

    def add_waiter(self, loop, task):
        self.waiters.append(task)


# On these, everything else is `async def` and `await`.


async def sleep(seconds):
    await Sleep(seconds)


async def spawn(coroutine):
    return await trap(lambda loop, task: loop.make_ready(task, loop.start(coroutine)))


async def gather(*coroutines):
    tasks = [await spawn(each) for each in coroutines]
    return [await task for task in tasks]


own = types.SimpleNamespace(sleep=sleep, gather=gather)  # what handlers get as `lib`; they may get asyncio in its place


class Loop:
    def __init__(self, clock=time.monotonic, sleep=time.sleep):
        self.clock, self.sleep = clock, sleep
        self.ready = deque()  # (task, the value to go on with)
        self.sleepers = []  # a heap of (due, number, task)
        self.numbers = count()

    def run(self, coroutine):
        main = self.start(coroutine)
        while not main.is_done:
            self.turn()
        if main.error is not None:
            raise main.error
        return main.result

    def turn(self):
        if not self.ready:
            if not self.sleepers:
                raise RuntimeError("everybody waits, and nobody will ever wake them")
            self.sleep(max(0, self.sleepers[0][0] - self.clock()))
        while self.sleepers and self.sleepers[0][0] <= self.clock():
            self.make_ready(heapq.heappop(self.sleepers)[2])
        for _ in range(len(self.ready)):
            self.step(*self.ready.popleft())

    def start(self, coroutine):
        task = Task(coroutine)
        self.make_ready(task)
        return task

    def make_ready(self, task, value=None):
        self.ready.append((task, value))

    def step(self, task, value):
        try:
            trap = task.coroutine.send(value)
        except StopIteration as end:
            self.end(task, result=end.value)
        except Exception as error:
            self.end(task, error=error)  # kept for whoever awaits the task
        else:
            trap(self, task)

    def end(self, task, result=None, error=None):
        task.is_done, task.result, task.error = True, result, error
        for waiter in task.waiters:
            self.make_ready(waiter)


# The handlers. They wait by `lib.sleep` and `lib.gather`, and know nothing of the loop: `lib` is `own`, or asyncio.


async def fetch(lib, what, seconds, log):
    log(f"asks for {what}")
    await lib.sleep(seconds)
    log(f"has {what}")
    return what.upper()


async def page(lib, log):
    for what in ("head", "body", "foot"):
        log(f"asks for {what}")
    await lib.sleep(0.25)
    log("has foot")
    await lib.sleep(0.25)
    log("has head")
    await lib.sleep(0.5)
    log("has body")
    log("the page is complete")
    return "HEAD BODY FOOT"


async def broken(lib, seconds, log):
    log("asks the broken one")
    await lib.sleep(seconds)
    raise ConnectionError("upstream is down")


async def guarded(lib, log):
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
    log("the audit begins")
    await lib.sleep(0.25)
    log("the audit has looked it up")
    await lib.sleep(1)
    log("the audit ends")


# To see it run, on both: python work.py


def show(run, lib, handler):
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
