"""Whoever waits for what other threads do is woken when it is done, and others run meanwhile: on every runtime here."""

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from concur.accounting import descriptors
from concur.catalog import missing, model
from concur.kernel.green_threads import Hub, Waiter
from concur.kernel.reactor import Reactor
from concur.kernel.tasks import Cancelled, Kernel, Task, spawn
from concur.kernel.trampoline import Trampoline, Trap, done, sleep
from concur.kernel.waker import Waker

Waits = Generator[Trap, Any, None]
HANG_S = 10


@pytest.fixture
def others(poller: str) -> Iterator[ThreadPoolExecutor]:
    """Threads to wait for; with each poller."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def reactor(poller: str) -> Iterator[Reactor]:
    made = Reactor()
    yield made
    made.close()


# The reactor


def test_it_calls_back_in_its_own_thread_once(reactor: Reactor, others: ThreadPoolExecutor) -> None:
    threads = []

    def called() -> None:
        threads.append(threading.current_thread())
        reactor.call_later(0.01, reactor.stop)

    reactor.on_done(others.submit(int), called)
    reactor.run()
    assert threads == [threading.current_thread()]


def test_what_is_done_already_is_told_in_a_later_turn(reactor: Reactor) -> None:
    future, order = Future[int](), []
    future.set_result(1)
    reactor.on_done(future, lambda: order.append("called"))
    reactor.on_done(future, reactor.stop)
    order.append("asked")
    reactor.run()
    assert order == ["asked", "called"]


def test_who_has_cancelled_is_not_called(reactor: Reactor) -> None:
    future, called = Future[int](), []
    reactor.on_done(future, lambda: called.append("no")).cancel()
    reactor.on_done(future, reactor.stop)
    future.set_result(1)
    reactor.run()
    assert not called


class Owner:
    """Who is called, and holds what it waits for, as a connection does."""

    def __init__(self) -> None:
        self.future = Future[int]()

    def called(self) -> None:
        """Nothing follows."""


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts references")
def test_who_was_called_is_not_kept_alive_by_what_it_waited_for(reactor: Reactor) -> None:
    owner = Owner()
    known, future = weakref.ref(owner), owner.future
    reactor.on_done(future, owner.called)
    reactor.on_done(future, reactor.stop)
    future.set_result(1)
    reactor.run()
    gc.disable()
    del owner, future
    alive = known()
    gc.enable()
    assert alive is None


def test_a_waker_is_made_for_who_needs_one_and_leaves_no_descriptor(poller: str) -> None:
    before = descriptors()
    reactor = Reactor()
    without = descriptors()
    future = Future[int]()
    for _ in range(3):
        reactor.on_done(future, reactor.stop)
    assert len(descriptors()) == len(without) + 2
    reactor.close()
    assert descriptors() == before
    future.set_result(1)  # nobody is there to be called


# Generators and coroutines


def test_a_generator_gets_the_result_and_others_run_meanwhile(others: ThreadPoolExecutor) -> None:
    trampoline, order, gate = Trampoline(), list[object](), threading.Event()

    def wait() -> Waits:
        order.append((yield from done(others.submit(gate.wait, HANG_S))))

    def other() -> Waits:
        yield from sleep(0)
        order.append("other")
        gate.set()

    trampoline.spawn(wait())
    trampoline.spawn(other())
    trampoline.run()
    assert order == ["other", True]


def test_a_generator_that_is_killed_waits_no_more() -> None:
    trampoline, future, ends = Trampoline(), Future[int](), []

    def wait() -> Waits:
        try:
            yield from done(future)
        finally:
            ends.append("wait")

    def kill() -> Waits:
        yield from sleep(0)
        trampoline.kill(waiting)
        future.set_result(1)
        yield from sleep(0.01)
        ends.append("kill")

    trampoline.spawn(waiting := wait())
    trampoline.spawn(kill())
    trampoline.run()
    assert ends == ["wait", "kill"]


@pytest.mark.usefixtures("no_task_lives")
def test_a_task_gets_what_was_raised(others: ThreadPoolExecutor) -> None:
    async def main() -> None:
        await done(others.submit(int, "no number"))

    with pytest.raises(ValueError, match="no number"):
        Kernel().run(main())


@pytest.mark.usefixtures("no_task_lives")
def test_a_task_that_is_cancelled_is_not_resumed_by_what_comes_later(poller: str) -> None:
    future, order = Future[int](), []

    async def wait() -> None:
        try:
            await done(future)
        except Cancelled:
            future.set_result(1)
            await sleep(0.05)  # from which it would be woken
            order.append("slept for long")
            raise

    async def main() -> Task[None]:
        task = await spawn(wait())
        await sleep(0)
        task.cancel()
        await sleep(0.02)
        order.append("slept for a while")
        await task.wait()
        return task

    assert isinstance(Kernel().run(main()).error, Cancelled)
    assert order == ["slept for a while", "slept for long"]


# Green threads


@pytest.fixture(params=["Greenlets", "Tasklets"])
def make_hub(request: pytest.FixtureRequest) -> Callable[[], Hub]:
    """Each kind of hub in turn."""
    name = request.param.lower()
    if reason := missing(model(name)):
        pytest.skip(reason)
    found: Callable[[], Hub] = getattr(import_module(f"concur.echo.{name}"), request.param)
    return found


def test_a_green_thread_gets_the_result_and_others_run_meanwhile(
    make_hub: Callable[[], Hub], others: ThreadPoolExecutor
) -> None:
    order, gate, watched = list[object](), threading.Event(), Waker[int]()

    def wait(hub: Hub) -> None:
        with Waiter(watched, hub) as waiter:
            order.append(waiter.wait_done(others.submit(gate.wait, HANG_S)))

    def other() -> None:
        order.append("other")
        gate.set()

    with make_hub() as hub:
        hub.spawn(wait, hub)
        hub.spawn(other)
        hub.join()
    watched.close()
    assert order == ["other", True]


def test_a_green_thread_that_is_killed_is_not_woken(make_hub: Callable[[], Hub], poller: str) -> None:
    future, ends, watched = Future[int](), list[str](), Waker[int]()

    def wait(hub: Hub) -> None:
        with Waiter(watched, hub) as waiter:
            try:
                waiter.wait_done(future)
            finally:
                ends.append("killed")

    with make_hub() as hub:
        child = hub.spawn(wait, hub)
        hub.reactor.call_later(0.01, hub.reactor.stop)
        hub.reactor.run()
        hub.kill(child)
        future.set_result(1)
        hub.reactor.call_later(0.01, hub.reactor.stop)
        hub.reactor.run()
    watched.close()
    assert ends == ["killed"]
