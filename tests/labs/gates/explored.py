"""Programs for the explorer's tests, as a learner may write them. Run as a program, it explores them, writing JSON."""

import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from threading import Lock
from typing import Any

count = 0
lock = Lock()
real_locks = (Lock,)  # under no name of its own, so that it stays real
first, second = threading.Lock(), threading.Lock()
ready = threading.Condition()
items: list[int] = []


def one() -> int:
    return 1


def plus() -> None:
    global count
    count += 1


def plus_call() -> None:
    global count
    count += one()


def load_add_store() -> None:
    global count
    seen = count
    seen = seen + 1
    count = seen


def locked() -> None:
    global count
    with lock:
        count += one()


def first_second() -> None:
    with first, second:
        pass


def second_first() -> None:
    with second, first:
        pass


def sleeps_until_it_works() -> None:
    global count
    seen = count
    time.sleep(10)
    count = seen + 1


def put() -> None:
    with ready:
        items.append(1)
        ready.notify()


def take() -> None:
    with ready:
        while not items:
            ready.wait()
        items.pop()


def take_if() -> None:
    with ready:
        if not items:
            ready.wait()
        items.pop()


class Account:
    """A lock of its own."""

    def __init__(self) -> None:
        self.balance = 0
        self.lock = threading.Lock()
        self.queue: Any = queue.Queue(1)

    def deposit(self) -> None:
        with self.lock:
            self.balance += one()

    def deposit_carelessly(self) -> None:
        self.balance += one()

    def produce(self) -> None:
        for number in range(2):
            self.queue.put(number)

    def consume(self) -> None:
        self.balance += self.queue.get() + self.queue.get()


class Slotted:
    """A lock in a slot."""

    __slots__ = ("balance", "lock")

    def __init__(self) -> None:
        self.balance = 0
        self.lock = real_locks[0]()

    def deposit(self) -> None:
        with self.lock:
            self.balance += one()

    def wrong(self) -> str:
        return "" if self.balance == 2 else "lost"


@dataclass
class Guarded:
    """A lock of a factory that was taken when nobody explored yet."""

    balance: int = 0
    lock: Any = field(default_factory=Lock)

    deposit, wrong = Slotted.deposit, Slotted.wrong


def by_default(lock: Any = Lock()) -> None:  # noqa: B008 # as a learner may write it
    global count
    with lock:
        count += one()


def by_name(*, lock: Any = Lock()) -> None:  # noqa: B008
    global count
    with lock:
        count += one()


def synchronized(function: Callable[[], object]) -> Callable[[], object]:
    mine = Lock()

    @wraps(function)
    def alone() -> object:
        with mine:
            return function()

    return alone


def logged(function: Callable[[], object]) -> Callable[[], object]:
    @wraps(function)
    def call() -> object:
        return function()

    return call


in_closure = synchronized(plus_call)


@logged
def decorated() -> None:
    global count
    count += one()


table = {"add": lambda: globals().__setitem__("count", count + one())}


def in_table() -> None:
    table["add"]()


def reset() -> None:
    global count
    count = 0
    items.clear()


def both_counted(_: object) -> str:
    return "" if count == 2 else f"{count} of 2"


def _call(body: Callable[[], object], _: object) -> None:
    body()


def show() -> dict[str, Any]:
    """What the explorer finds on this interpreter, and whether it finds it again."""
    from concur.labs.gates.explorer import Scenario, explore, replay
    from concur.labs.gates.guide import Where

    me = sys.modules[__name__]
    found: dict[str, Any] = {}
    everywhere: list[Where] = ["operations", "opcodes", "eval-breaker"]
    for where in everywhere:
        for body in (plus, plus_call, load_add_store, locked):
            result = explore(Scenario(reset, [partial(_call, body)] * 2, both_counted), within=me, where=where)
            found.setdefault(where, {})[body.__name__] = "lost" if result.failures else result.is_complete
    scenario = Scenario(reset, [lambda _: first_second(), lambda _: second_first()])
    dead = explore(scenario, within=me).deadlocks[0]
    again = [replay(scenario, written, within=me) for written in (dead.schedule, dead.by_operation) for _ in range(100)]
    return {
        "found": found,
        "deadlock": dead.what,
        "replays": sorted({one.what for one in again}),
        "threads": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(show()))
