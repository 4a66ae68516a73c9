"""What it costs to have one more: made, run to its end, and gone. Each does nothing."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Generator
from importlib import import_module
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.kernel.tasks import Kernel, spawn

STEPS = 200
FEW_STEPS = 10  # of what takes long
INTERPRETERS_PYTHON = (3, 14)
pytestmark = pytest.mark.benchmark(group="spawn")
Need = Callable[[str], Any]


def nothing() -> None:
    pass


def test_generator(benchmark: BenchmarkFixture) -> None:
    def end_at_once() -> Generator[None, None, None]:
        return
        yield

    def run() -> None:
        for _ in range(STEPS):
            next(end_at_once(), None)

    benchmark(run)


def test_coroutine(benchmark: BenchmarkFixture) -> None:
    async def end_at_once() -> None:
        pass

    def run() -> None:
        for _ in range(STEPS):
            try:
                end_at_once().send(None)
            except StopIteration:
                pass

    benchmark(run)


def test_kernel_task(benchmark: BenchmarkFixture) -> None:
    async def end_at_once() -> None:
        pass

    async def run() -> None:
        for task in [await spawn(end_at_once()) for _ in range(STEPS)]:
            await task.join()

    benchmark(lambda: Kernel().run(run()))


def test_asyncio_task(benchmark: BenchmarkFixture) -> None:
    async def end_at_once() -> None:
        pass

    async def run() -> None:
        for task in [asyncio.create_task(end_at_once()) for _ in range(STEPS)]:
            await task

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(run()))


def test_greenlet(benchmark: BenchmarkFixture, need: Need) -> None:
    greenlet = need("greenlet").greenlet

    def run() -> None:
        for _ in range(STEPS):
            greenlet(nothing).switch()

    benchmark(run)


def test_gevent_greenlet(benchmark: BenchmarkFixture, need: Need) -> None:
    gevent = need("gevent")
    benchmark(lambda: gevent.joinall([gevent.spawn(nothing) for _ in range(STEPS)]))


def test_tasklet(benchmark: BenchmarkFixture, need: Need) -> None:
    need("greenlet")
    stackless = need("concur.kernel.tasklets")

    def run() -> None:
        for _ in range(STEPS):
            stackless.tasklet(nothing)()
        stackless.run()

    benchmark(run)


def test_thread(benchmark: BenchmarkFixture) -> None:
    benchmark.extra_info["steps"] = FEW_STEPS

    def run() -> None:
        for _ in range(FEW_STEPS):
            thread = threading.Thread(target=nothing)
            thread.start()
            thread.join()

    benchmark(run)


def test_process(benchmark: BenchmarkFixture) -> None:
    """Forked from this one, with all that pytest has loaded: page tables to copy."""
    benchmark.extra_info["steps"] = FEW_STEPS

    def run() -> None:
        for _ in range(FEW_STEPS):
            child = os.fork()
            if not child:
                os._exit(0)
            os.waitpid(child, 0)

    benchmark(run)


def test_subinterpreter(benchmark: BenchmarkFixture) -> None:
    if sys.version_info < INTERPRETERS_PYTHON:
        pytest.skip("needs Python 3.14")
    interpreters = import_module("concurrent.interpreters")
    benchmark.extra_info["steps"] = 1

    def run() -> None:
        interpreters.create().close()

    benchmark(run)
