"""Wrong: a sleeper that is due already makes the time-out negative, and that means «for ever»."""

import heapq
import time
from collections import deque
from itertools import count

from concur.kernel.poller import FOR_EVER, READABLE, WRITABLE, make_poller


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
        if self.ready:
            return 0
        if self.sleepers:
            return self.sleepers[0][0] - self.clock()
        return FOR_EVER

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
        scheduler.make_ready(task, scheduler.start(body))

    return trap


def wait(other):
    """Stand still until another task has ended. Gives its result; at once, if it has ended already."""

    def trap(scheduler, task):
        if other.is_done:
            scheduler.make_ready(task, other.result)
        else:
            other.waiters.append(task)

    return trap


def sleep(seconds):
    """Stand still for so many seconds."""

    def trap(scheduler, task):
        heapq.heappush(scheduler.sleepers, (scheduler.clock() + seconds, next(scheduler.numbers), task))

    return trap


def read(connection, size):
    """Stand still until there is something to read. Gives the bytes, at most `size`; none at the peer's end."""

    def trap(scheduler, task):
        scheduler.when(connection, READABLE, task, lambda: connection.recv(size))

    return trap


def write(connection, data):
    """Stand still until there is room to write. Gives how many of the bytes the kernel took: perhaps not all."""

    def trap(scheduler, task):
        scheduler.when(connection, WRITABLE, task, lambda: connection.send(data))

    return trap


def kill(other):
    """End another task where it stands: its `finally` clauses run, its result is None. Dead ones are left in peace."""

    def trap(scheduler, task):
        if not other.is_done:
            scheduler.withdraw(other)
            other.body.close()
            scheduler.end(other)
        scheduler.make_ready(task)

    return trap
