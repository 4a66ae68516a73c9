"""What the primitives cost that models are made of: a call, a switch, a turn of a loop, a system call.

    make primitives

Each repeats its step STEPS times in a round, so that the round outweighs the
timer; the figures are for one round.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Coroutine, Generator, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.echo.contract import Lines
from concur.kernel.reactor import Reactor
from concur.kernel.tasks import Kernel
from concur.kernel.trampoline import Trampoline, Trap, sleep

STEPS = 1000
LINES = b"x" * 1023 + b"\n"
pytestmark = pytest.mark.benchmark(disable_gc=True, warmup=True, warmup_iterations=2, min_rounds=20)


@pytest.fixture(autouse=True)
def _steps(benchmark: BenchmarkFixture) -> None:
    """How many steps a round has, kept with its figures."""
    benchmark.extra_info["steps"] = STEPS


def nothing() -> None:
    pass


def test_function_call(benchmark: BenchmarkFixture) -> None:
    def call() -> None:
        for _ in range(STEPS):
            nothing()

    benchmark(call)


def stand_still() -> Generator[None, None, None]:
    while True:
        yield


def test_generator_send(benchmark: BenchmarkFixture) -> None:
    generator = stand_still()
    next(generator)

    def send() -> None:
        for _ in range(STEPS):
            generator.send(None)

    benchmark(send)


def test_coroutine_await(benchmark: BenchmarkFixture) -> None:
    async def inner() -> None:
        pass

    async def outer() -> None:
        for _ in range(STEPS):
            await inner()

    def drive() -> None:
        with pytest.raises(StopIteration):
            outer().send(None)

    benchmark(drive)


def test_greenlet_switch(benchmark: BenchmarkFixture) -> None:
    greenlet = pytest.importorskip("greenlet")
    here = greenlet.getcurrent()

    def switch_back() -> None:
        while True:
            here.switch()

    other = greenlet.greenlet(switch_back)

    def switch() -> None:
        for _ in range(STEPS):
            other.switch()

    benchmark(switch)
    other.throw()  # greenlets that are left keep their frames for ever


@pytest.fixture
def answering_thread() -> Iterator[tuple[threading.Semaphore, threading.Semaphore]]:
    """A thread that answers each release of the first semaphore with one of the second."""
    ask, answer, is_over = threading.Semaphore(0), threading.Semaphore(0), False

    def run() -> None:
        while True:
            ask.acquire()
            if is_over:
                return
            answer.release()

    thread = threading.Thread(target=run)
    thread.start()
    yield ask, answer
    is_over = True
    ask.release()
    thread.join()


def test_thread_hand_over_and_back(
    benchmark: BenchmarkFixture, answering_thread: tuple[threading.Semaphore, threading.Semaphore]
) -> None:
    ask, answer = answering_thread

    def hand_over() -> None:
        for _ in range(STEPS):
            ask.release()
            answer.acquire()

    benchmark(hand_over)


def test_reactor_turn(benchmark: BenchmarkFixture) -> None:
    reactor = Reactor()

    def turn(left: int) -> None:
        if left:
            reactor.call_soon(turn, left - 1)
        else:
            reactor.stop()

    def run() -> None:
        reactor.call_soon(turn, STEPS)
        reactor.run()

    benchmark(run)
    reactor.close()


def test_trampoline_switch(benchmark: BenchmarkFixture) -> None:
    def yield_often() -> Generator[Trap, Any, None]:
        for _ in range(STEPS // 2):
            yield from sleep(0)

    def run() -> None:
        trampoline = Trampoline()
        trampoline.spawn(yield_often())
        trampoline.spawn(yield_often())
        trampoline.run()

    benchmark(run)


def test_kernel_task_switch(benchmark: BenchmarkFixture) -> None:
    async def yield_often() -> None:
        for _ in range(STEPS):
            await sleep(0)

    def run() -> None:
        Kernel().run(yield_often())

    benchmark(run)


def test_asyncio_task_switch(benchmark: BenchmarkFixture) -> None:
    async def yield_often() -> None:
        for _ in range(STEPS):
            await asyncio.sleep(0)

    with asyncio.Runner() as runner:

        def run() -> None:
            coroutine: Coroutine[Any, Any, None] = yield_often()
            runner.run(coroutine)

        benchmark(run)


def test_lines_feed(benchmark: BenchmarkFixture) -> None:
    lines = Lines()

    def feed() -> None:
        for _ in range(STEPS):
            lines.feed(LINES)

    benchmark(feed)


def test_system_call(benchmark: BenchmarkFixture) -> None:
    def call() -> None:
        for _ in range(STEPS):
            os.getppid()

    benchmark(call)


def test_socketpair_round_trip(benchmark: BenchmarkFixture) -> None:
    left, right = socket.socketpair()

    def exchange() -> None:
        for _ in range(STEPS):
            left.send(LINES)
            right.send(right.recv(65536))
            left.recv(65536)

    with left, right:
        benchmark(exchange)
