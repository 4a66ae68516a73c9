"""An operating system in 100 lines: tasks are generators, and what they yield are system calls.

A task runs until it yields a trap. Then it stands still, and the scheduler calls the trap, as `trap(scheduler, task)`.
The trap's business is to see to it that somebody makes the task ready again. That is all of it.

Everything here is complete but for seven places marked TODO, in the order of the README's tasks. Most take a line or
two. `turn` is complete: the other system calls look like it.
"""

import heapq
import time
from collections import deque
from itertools import count

from concur.kernel.poller import FOR_EVER, READABLE, WRITABLE, make_poller  # noqa: F401 # tasks 4 to 6 need them


class Task:
    """A process of ours: a generator under way, and afterwards what it left."""

    def __init__(self, body):
        self.body = body
        self.value = None  # what its present `yield` will give
        self.result = None  # what it returned
        self.is_done = False
        self.waiters = []  # the tasks that wait for its end


class Scheduler:
    """Runs tasks in one thread. `clock` tells the seconds; `poller` is the only one who ever sleeps."""

    def __init__(self, clock=time.monotonic, poller=None):
        self.clock = clock
        self.poller = poller or make_poller()
        self.alive = set()  # every task that has not ended
        self.ready = deque()  # those that can go on, in the order of their turns
        self.sleepers = []  # a heap of (due, number, task)
        self.numbers = count()  # for the heap: tasks that are due at once keep their order
        self.pollees = {}  # descriptor -> (task, what to do for it when the descriptor is ready)

    def run(self):
        """Turn until no task is left. One turn: ask the poller, wake the sleepers, one step for whoever is ready."""
        while self.alive:
            for descriptor, _ in self.poller.wait(self.patience()):
                self.wake(descriptor)
            while self.sleepers and self.sleepers[0][0] <= self.clock():
                self.make_ready(heapq.heappop(self.sleepers)[2])
            for _ in range(len(self.ready)):
                self.step(self.ready.popleft())

    def patience(self):
        """How long the poller may sleep, in seconds: not at all, until the first sleeper is due, or for ever."""
        return 0  # TODO 4: this never sleeps, so the CPU spins while there is nothing to do. FOR_EVER is for ever

    def start(self, body):
        """A new task, at the end of the queue."""
        task = Task(body)
        self.alive.add(task)
        self.make_ready(task)
        return task

    def make_ready(self, task, value=None):
        """The task's wait is over: it is queued, and `value` is what its `yield` will give."""
        if not task.is_done:
            task.value = value
            self.ready.append(task)

    def step(self, task):
        """Let a task run to its next trap, and carry that out. The heart of it all."""
        if task.is_done:
            return  # killed while it was queued
        try:
            trap = task.body.send(task.value)
        except StopIteration as end:
            self.end(task, end.value)
        else:
            trap(self, task)

    def end(self, task, result=None):
        """The task is over: whoever waits for it gets its result."""
        task.is_done, task.result = True, result
        self.alive.discard(task)
        for waiter in task.waiters:
            self.make_ready(waiter, result)

    def when(self, file, event, task, act):
        """When `file` is READABLE or WRITABLE, make the task ready with what `act()` returns."""
        self.pollees[file.fileno()] = (task, act)
        self.poller.watch(file.fileno(), event)

    def wake(self, descriptor):
        """A descriptor is ready: do what its task waits for, watch it no more, and the task is ready."""
        task, act = self.pollees.pop(descriptor)
        self.poller.unwatch(descriptor)
        self.make_ready(task, act())

    def withdraw(self, task):
        """Whatever a task waits for, it waits no more: no sleeper's due time and no descriptor will wake it."""
        self.sleepers = [each for each in self.sleepers if each[2] is not task]
        heapq.heapify(self.sleepers)
        for descriptor in [fd for fd, (waiter, _) in self.pollees.items() if waiter is task]:
            del self.pollees[descriptor]
            self.poller.unwatch(descriptor)


# The system calls. Each returns a trap: what the scheduler is to do while the task stands still.


def turn():
    """Let everyone else who is ready have a turn."""

    def trap(scheduler, task):
        scheduler.make_ready(task)

    return trap


def spawn(body):
    """A new task that runs the generator `body`. Gives the Task."""

    def trap(scheduler, task):
        raise NotImplementedError("spawn")  # TODO 1: start a task; who asked is made ready, and given the new one

    return trap


def wait(other):
    """Stand still until another task has ended. Gives its result; at once, if it has ended already."""

    def trap(scheduler, task):
        raise NotImplementedError("wait")  # TODO 2: two cases. `end`, above, wakes those that are in `waiters`

    return trap


def sleep(seconds):
    """Stand still for so many seconds."""

    def trap(scheduler, task):
        raise NotImplementedError("sleep")  # TODO 3: into the heap of sleepers, as (due, number, task)

    return trap


def read(connection, size):
    """Stand still until there is something to read. Gives the bytes, at most `size`; none at the peer's end."""

    def trap(scheduler, task):
        raise NotImplementedError("read")  # TODO 5: `scheduler.when`, above, does the waiting

    return trap


def write(connection, data):
    """Stand still until there is room to write. Gives how many of the bytes the kernel took: perhaps not all."""

    def trap(scheduler, task):
        raise NotImplementedError("write")  # TODO 6: likewise

    return trap


def kill(other):
    """End another task where it stands: its `finally` clauses run, its result is None. Dead ones are left in peace."""

    def trap(scheduler, task):
        raise NotImplementedError("kill")  # TODO 7: withdraw it, close its body, end it: does the order matter?

    return trap


# To see it run: python work.py


def countdown(name, n):
    """It counts, and lets the others have a turn after each number."""
    for number in range(n, 0, -1):
        print(name, number)
        yield turn()
    return f"{name} has ended"


def family():
    """A task that has a child, waits for it, and rests."""
    child = yield spawn(countdown("child", 2))
    print("the parent goes on")
    print((yield wait(child)))
    yield sleep(0.5)
    print("the parent has slept for half a second")


if __name__ == "__main__":
    scheduler = Scheduler()
    scheduler.start(countdown("three", 3))
    scheduler.start(countdown("five", 5))
    scheduler.run()
    try:
        scheduler.start(family())
        scheduler.run()
    except NotImplementedError as missing:
        print(f"… and that is all there is yet: `{missing}` is missing")
