"""What it costs to wake one up that sleeps, and to be woken up by it in turn."""

import asyncio
import os
import select
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

STEPS = 100
pytestmark = pytest.mark.benchmark(group="wake-up, there and back")
Beside = Callable[..., AbstractContextManager[None]]


def test_thread_by_event(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    ask, answer, is_over = threading.Event(), threading.Event(), False

    def reply() -> bool:
        ask.wait()
        ask.clear()
        answer.set()
        return not is_over

    def end() -> None:
        nonlocal is_over
        is_over = True
        ask.set()

    def wake() -> None:
        for _ in range(STEPS):
            ask.set()
            answer.wait()
            answer.clear()

    with thread_beside(reply, end):
        benchmark(wake)


def test_asyncio_loop_from_a_thread(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    """By call_soon_threadsafe: a byte on a socket wakes its poll. It answers by a semaphore."""
    loop, answer = asyncio.new_event_loop(), threading.Semaphore(0)

    def live() -> bool:
        loop.run_forever()
        return False

    def wake() -> None:
        for _ in range(STEPS):
            loop.call_soon_threadsafe(answer.release)
            answer.acquire()

    with thread_beside(live, lambda: loop.call_soon_threadsafe(loop.stop)):
        benchmark(wake)
    loop.close()


def test_process_by_pipe(benchmark: BenchmarkFixture, process_beside: Beside, pipes: tuple[int, int, int, int]) -> None:
    """One that polls its pipe, as a loop does, and then reads."""
    asked, ask, answered, answer = pipes
    poll = select.poll()
    poll.register(asked, select.POLLIN)

    def reply() -> None:
        poll.poll()
        os.write(answer, os.read(asked, 1))

    def wake() -> None:
        for _ in range(STEPS):
            os.write(ask, b".")
            os.read(answered, 1)

    with process_beside(reply):
        benchmark(wake)
