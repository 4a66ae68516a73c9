"""What it costs to let another one go on, from a function call up to another process: each model's way to switch."""

import asyncio
import os
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.kernel.reactor import Reactor
from concur.kernel.tasks import Kernel, spawn
from concur.kernel.trampoline import Trampoline, Trap, sleep

STEPS = 1000
FEW_STEPS = 100  # of what takes long
pytestmark = pytest.mark.benchmark(group="switch")
Need = Callable[[str], Any]
Beside = Callable[..., AbstractContextManager[None]]


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


def test_generator_send_and_yield(benchmark: BenchmarkFixture) -> None:
    generator = stand_still()
    next(generator)

    def send() -> None:
        for _ in range(STEPS):
            generator.send(None)

    benchmark(send)


def test_coroutine_await(benchmark: BenchmarkFixture) -> None:
    """Of one that does not wait: no loop hears of it."""

    async def inner() -> None:
        pass

    async def outer() -> None:
        for _ in range(STEPS):
            await inner()

    def drive() -> None:
        with pytest.raises(StopIteration):
            outer().send(None)

    benchmark(drive)


def test_reactor_callback(benchmark: BenchmarkFixture) -> None:
    """Each in a turn of its own, which asks epoll too."""
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
        for _ in range(STEPS // 2):
            await sleep(0)

    async def two() -> None:
        other = await spawn(yield_often())
        await yield_often()
        await other.join()

    benchmark(lambda: Kernel().run(two()))


def test_asyncio_task_switch(benchmark: BenchmarkFixture) -> None:
    async def yield_often() -> None:
        for _ in range(STEPS // 2):
            await asyncio.sleep(0)

    async def two() -> None:
        other = asyncio.create_task(yield_often())
        await yield_often()
        await other

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(two()))


def test_greenlet_switch(benchmark: BenchmarkFixture, need: Need) -> None:
    greenlet = need("greenlet")
    here = greenlet.getcurrent()

    def switch_back() -> None:
        while True:
            here.switch()

    other = greenlet.greenlet(switch_back)

    def switch() -> None:
        for _ in range(STEPS // 2):
            other.switch()  # there, and back

    benchmark(switch)
    other.throw()  # greenlets that are left keep their frames for ever


def test_tasklet_switch(benchmark: BenchmarkFixture, need: Need) -> None:
    """PyPy's own tasklets, elsewhere those that `kernel/tasklets.py` makes of greenlets."""
    need("greenlet")
    stackless = need("concur.kernel.tasklets")

    def give_way() -> None:
        while True:
            stackless.schedule()

    other = stackless.tasklet(give_way)()

    def switch() -> None:
        for _ in range(STEPS // 2):
            stackless.schedule()

    benchmark(switch)
    other.kill()


def test_thread_hand_over_and_back(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    """By two semaphores, as a thread hands work to another and waits for it."""
    benchmark.extra_info["steps"] = FEW_STEPS
    ask, answer, is_over = threading.Semaphore(0), threading.Semaphore(0), False

    def reply() -> bool:
        ask.acquire()
        answer.release()
        return not is_over

    def end() -> None:
        nonlocal is_over
        is_over = True
        ask.release()

    def hand_over() -> None:
        for _ in range(FEW_STEPS):
            ask.release()
            answer.acquire()

    with thread_beside(reply, end):
        benchmark(hand_over)


def test_process_hand_over_and_back(
    benchmark: BenchmarkFixture, process_beside: Beside, pipes: tuple[int, int, int, int]
) -> None:
    """By two pipes."""
    benchmark.extra_info["steps"] = FEW_STEPS
    asked, ask, answered, answer = pipes

    def hand_over() -> None:
        for _ in range(FEW_STEPS):
            os.write(ask, b".")
            os.read(answered, 1)

    with process_beside(lambda: os.write(answer, os.read(asked, 1))):
        benchmark(hand_over)
