"""What a lock costs: acquired and released, with nobody or with another thread about."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

STEPS = 1000
CONTENDED_STEPS = 50_000  # a thread: with the GIL, fewer would be over before the other one begins
pytestmark = pytest.mark.benchmark(group="lock and unlock")
Beside = Callable[..., AbstractContextManager[None]]


def test_uncontended(benchmark: BenchmarkFixture) -> None:
    lock = threading.Lock()

    def run() -> None:
        for _ in range(STEPS):
            lock.acquire()
            lock.release()

    benchmark(run)


@pytest.mark.two_cpus
def test_contended_by_two_threads(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    """Both do nothing else, on a CPU each; the figure is for one of theirs."""
    benchmark.extra_info["steps"] = 2 * CONTENDED_STEPS
    lock, begin, done, is_over = threading.Lock(), threading.Semaphore(0), threading.Semaphore(0), False

    def contend() -> None:
        for _ in range(CONTENDED_STEPS):
            lock.acquire()
            lock.release()

    def reply() -> bool:
        begin.acquire()
        if not is_over:
            contend()
            done.release()
        return not is_over

    def end() -> None:
        nonlocal is_over
        is_over = True
        begin.release()

    def run() -> None:
        begin.release()
        contend()
        done.acquire()

    with thread_beside(reply, end):
        benchmark(run)


def test_asyncio_uncontended(benchmark: BenchmarkFixture) -> None:
    async def run() -> None:
        lock = asyncio.Lock()
        for _ in range(STEPS):
            await lock.acquire()
            lock.release()

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(run()))
