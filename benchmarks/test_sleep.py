"""What it costs to sleep for no time, with nobody else to run: the way through the scheduler and back."""

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.kernel.tasks import Kernel
from concur.kernel.trampoline import Trampoline, Trap, sleep

STEPS = 1000
FEW_STEPS = 100  # of the one that is long, however short it is asked to be
pytestmark = pytest.mark.benchmark(group="sleep(0)")
Need = Callable[[str], Any]


def test_time(benchmark: BenchmarkFixture) -> None:
    """It lets go of the GIL and asks the kernel, whose timers are late by their slack, 50 µs (prctl(2))."""
    benchmark.extra_info["steps"] = FEW_STEPS

    def run() -> None:
        for _ in range(FEW_STEPS):
            time.sleep(0)

    benchmark(run)


def test_trampoline(benchmark: BenchmarkFixture) -> None:
    def sleep_often() -> Generator[Trap, Any, None]:
        for _ in range(STEPS):
            yield from sleep(0)

    def run() -> None:
        trampoline = Trampoline()
        trampoline.spawn(sleep_often())
        trampoline.run()

    benchmark(run)


def test_kernel(benchmark: BenchmarkFixture) -> None:
    async def sleep_often() -> None:
        for _ in range(STEPS):
            await sleep(0)

    benchmark(lambda: Kernel().run(sleep_often()))


def test_asyncio(benchmark: BenchmarkFixture) -> None:
    async def sleep_often() -> None:
        for _ in range(STEPS):
            await asyncio.sleep(0)

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(sleep_often()))


def test_gevent(benchmark: BenchmarkFixture, need: Need) -> None:
    gevent = need("gevent")

    def run() -> None:
        for _ in range(STEPS):
            gevent.sleep(0)

    benchmark(run)


def test_trio(benchmark: BenchmarkFixture, need: Need) -> None:
    trio = need("trio")

    async def sleep_often() -> None:
        for _ in range(STEPS):
            await trio.sleep(0)

    benchmark(lambda: trio.run(sleep_often))
