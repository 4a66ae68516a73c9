"""The gates of lab 11. Both loops run on a virtual clock, so that a program's time shows its structure."""

import asyncio
import gc
import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from concur.labs.gates import VirtualClock, require, run_virtual

Log = Callable[[str], None]
Handler = Callable[[Any, Log], Coroutine[Any, Any, Any]]
CLOCK_TICK_S = 1e-9  # the clock's finest step: a sleep shorter than it passes, too
MADE_OF_PARTS = "What `fetch` gives is marked here: the page is to be made of that."
HANDLERS = ("fetch", "page", "broken", "guarded", "audit")


class Ran(NamedTuple):
    """What came of a handler on one of the loops."""

    result: Any
    events: list[str]  # «0.5 s: has head»
    elapsed_s: float
    slept: list[float]  # the sleeps of the learner's loop


def on_own(work: ModuleType, handler: Handler) -> Ran:
    """Run it on the learner's loop, with her `own`."""
    clock, events = VirtualClock(), []
    loop = work.Loop(clock.monotonic, lambda seconds: clock.sleep(max(CLOCK_TICK_S, seconds) if seconds else 0))
    result = loop.run(handler(work.own, lambda event: events.append(f"{round(clock.now_s, 6):g} s: {event}")))
    return Ran(result, events, clock.now_s, clock.slept)


def on_asyncio(handler: Handler) -> Ran:
    """Run it on asyncio, with asyncio."""
    events: list[str] = []

    async def main() -> Any:
        time = asyncio.get_running_loop().time
        return await handler(asyncio, lambda event: events.append(f"{round(time(), 6):g} s: {event}"))

    result, elapsed_s = run_virtual(main())
    return Ran(result, events, elapsed_s, [])


def check_by_hand(work: ModuleType) -> str:
    """Sleep and trap hand one trap each to the loop, and go on with what the loop gives them."""
    _look_at(work.Sleep(1), "Sleep(1)")
    given = object()
    asked: list[object] = []

    def answer(loop: Any, task: Any) -> None:
        asked.append(answer)
        loop.make_ready(task, given)

    async def main(lib: Any, log: Log) -> Any:
        await work.Sleep(1.5)
        log("slept")
        return await work.trap(answer)

    ran = on_own(work, main)
    require(ran.events == ["1.5 s: slept"], "await Sleep(1.5) takes 1.5 s", f"{ran.events}")
    require(asked == [answer], "await trap(f) has the loop call f(loop, task), once", f"{len(asked)} calls")
    require(ran.result is given, "await trap(f) gives what the task was made ready with", f"it gives {ran.result!r}")
    return "one trap for each wait, and the loop's answer comes back"


def _look_at(awaitable: Any, name: str) -> None:
    """Do by hand what `await` does."""
    iterator = awaitable.__await__()
    is_iterator = hasattr(iterator, "__next__")
    require(is_iterator, f"{name}.__await__() gives an iterator", f"a {type(iterator).__name__}: {iterator!r}")
    traps = list(iterator)
    all_traps = len(traps) == 1 and callable(traps[0])
    require(all_traps, f"the iterator of {name} yields one trap, which the loop can call", f"it yields {traps!r}")


def check_tasks(work: ModuleType) -> str:
    """A task can be awaited: by many, before its end and after; what it raised comes out of each await."""
    token, error = os.urandom(3).hex(), LookupError("no such page")

    async def returns() -> str:
        await work.sleep(1)
        return token

    async def raises() -> None:
        await work.sleep(1)
        raise error

    async def caught(task: Any) -> BaseException | None:
        try:
            await task
        except LookupError as seen:
            return seen
        return None

    async def main(lib: Any, log: Log) -> list[Any]:
        good, bad = await work.spawn(returns()), await work.spawn(raises())
        other = await work.spawn(caught(bad))
        before = [await good, await caught(bad), await other]
        log("all have ended")
        return [*before, await good, await caught(bad)]

    ran = on_own(work, main)
    good, *errors, good_again, error_again = ran.result
    require(good == good_again == token, f"await task gives {token!r}, before its end and after", f"{ran.result}")
    same_error = all(each is error for each in [*errors, error_again])
    require(same_error, "what a task raised comes out of every await of it", f"{[*errors, error_again]}")
    require(ran.events == ["1 s: all have ended"], "the end of both is awaited, at 1 s", f"{ran.events}")
    few = f"the loop slept {len(ran.slept)} times"
    require(ran.slept == [1.0], "who awaits a task stands still: the loop sleeps once, for 1 s", few)
    return "a result for two awaits, an error for three"


def check_together(work: ModuleType) -> str:
    """100 sleeps of a second take a second, exactly; results stand in the order of the arguments."""

    async def one(lib: Any, seconds: float) -> float:
        await lib.sleep(seconds)
        return seconds

    async def sleeps(lib: Any, log: Log) -> list[float]:
        return await lib.gather(*(one(lib, 1) for _ in range(100)))

    async def stairs(lib: Any, log: Log) -> list[float]:
        return await lib.gather(*(one(lib, seconds) for seconds in (0.75, 0.25, 0.5)))

    for name, ran in (("your loop", on_own(work, sleeps)), ("asyncio", on_asyncio(sleeps))):
        require(ran.elapsed_s == 1.0, f"100 sleeps of 1 s, gathered on {name}, take 1 s", f"{ran.elapsed_s} s")
    ran = on_own(work, stairs)
    require(ran.result == [0.75, 0.25, 0.5], "results in the order of the arguments", f"{ran.result}")
    require(ran.slept == [0.25] * 3, "sleeps of 0.75, 0.25 and 0.5 s run side by side", f"the loop slept {ran.slept}")
    return "100 sleeps of 1 s: exactly 1 s on both loops"


def check_same(work: ModuleType) -> str:
    """The handlers are coroutines, and leave the same trace on both loops."""
    for name in HANDLERS:
        is_coroutine = inspect.iscoroutinefunction(getattr(work, name))
        require(is_coroutine, f"`{name}` is a coroutine function", "it is none", "async def, and `await` in it")
    seconds = 1 + int.from_bytes(os.urandom(1), "big") / 256  # nobody knows it before

    def fetch(lib: Any, log: Log) -> Coroutine[Any, Any, Any]:
        return work.fetch(lib, "ads", seconds, log)

    _traces(work, fetch, "fetch", ["0 s: asks for ads", f"{seconds:g} s: has ads"], "ADS")
    mark = os.urandom(3).hex()  # so that nobody knows the page but who fetched its parts
    with _marked(work, mark):
        _traces(work, work.page, "page", PAGE, f"HEAD {mark} BODY {mark} FOOT {mark}", MADE_OF_PARTS)
    _traces(work, work.guarded, "guarded", GUARDED, "SORRY")
    return f"{2 + len(PAGE) + len(GUARDED)} events, the same on both loops, each at its time"


@contextmanager
def _marked(work: ModuleType, mark: str) -> Iterator[None]:
    """What `fetch` gives is marked meanwhile."""
    fetch = work.fetch

    async def marked(lib: Any, what: str, seconds: float, log: Log) -> str:
        return f"{await fetch(lib, what, seconds, log)} {mark}"

    work.fetch = marked
    try:
        yield
    finally:
        work.fetch = fetch


def _traces(work: ModuleType, handler: Handler, name: str, expected: list[str], result: Any, why: str = "") -> None:
    for where, ran in (("your loop", on_own(work, handler)), ("asyncio", on_asyncio(handler))):
        for at, (want, got) in enumerate(zip(expected, [*ran.events, *[""] * len(expected)], strict=False), 1):
            listed = f"all events: {'; '.join(ran.events)}"
            require(want == got, f"`{name}` on {where}: event {at} is «{want}»", f"«{got or 'none'}»", listed)
        more = ran.events[len(expected) :]
        require(not more, f"`{name}` on {where}: {len(expected)} events", f"more: {more}")
        require(ran.result == result, f"`{name}` on {where} gives {result!r}", f"{ran.result!r}", why)


PAGE = [
    "0 s: asks for head",
    "0 s: asks for body",
    "0 s: asks for foot",
    "0.25 s: has foot",
    "0.5 s: has head",
    "1 s: has body",
    "1 s: the page is complete",
]
GUARDED = [
    "0 s: asks the broken one",
    "0 s: asks for body",
    "0.25 s: sorry: upstream is down",
    "0.5 s: has body",
    "0.75 s: the page is closed",
]
AUDIT = ["0 s: the audit begins", "0.25 s: the audit has looked it up", "1.25 s: the audit ends"]


def check_awaited(work: ModuleType) -> str:
    """No coroutine is made and never awaited."""
    is_coroutine = inspect.iscoroutinefunction(work.audit)
    require(is_coroutine, "`audit` is a coroutine function", "it is none", "async def, and `await` in it")
    with _never_awaited() as forgotten:
        _, own_events, _, _ = on_own(work, work.audit)
        on_asyncio(work.audit)
        for name in ("page", "guarded"):
            on_own(work, getattr(work, name))
    require(not forgotten, "every coroutine is awaited", forgotten[0] if forgotten else "", "\n".join(forgotten[1:]))
    require(own_events == AUDIT, f"`audit` rests: {'; '.join(AUDIT)}", "; ".join(own_events))
    _traces(work, work.audit, "audit", AUDIT, None)
    return "every coroutine was awaited, as Python would have said"


@contextmanager
def _never_awaited() -> Iterator[list[str]]:
    """What Python says, when they are freed, of coroutines that were never awaited; with the line they were made in."""
    told: list[str] = []
    depth = sys.get_coroutine_origin_tracking_depth()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.set_coroutine_origin_tracking_depth(1)
        try:
            yield told
            for _ in range(3):  # PyPy frees in steps
                gc.collect()
        finally:
            sys.set_coroutine_origin_tracking_depth(depth)
    messages = dict.fromkeys(str(each.message) for each in caught)  # each once: it is run on both loops
    told += [line for message in messages if "never awaited" in message for line in _told(message)]


def _told(message: str) -> list[str]:
    """«coroutine 'sleep' was never awaited», and «work.py, line 165, in audit»."""
    said, *where = message.splitlines()
    places = re.findall(r'File ".*?([^/"]+)", line (\d+), in (\w+)', "\n".join(where))
    return [said, *(f"made in {file}, line {line}, in {name}" for file, line, name in places)]
