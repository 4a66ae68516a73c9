"""What it costs to hand an item over by a queue, one after the other, to whoever takes them as they come."""

import asyncio
import multiprocessing
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

STEPS = 1000
END, OVER = None, "over"  # of a round, whose last item this is; and of all
pytestmark = pytest.mark.benchmark(group="queue, an item")
Beside = Callable[..., AbstractContextManager[None]]


def test_deque(benchmark: BenchmarkFixture) -> None:
    """Within one thread: what a queue costs without anyone to wait for it."""
    items: deque[int] = deque()

    def hand_over() -> None:
        for number in range(STEPS):
            items.append(number)
            items.popleft()

    benchmark(hand_over)


def between_threads(benchmark: BenchmarkFixture, thread_beside: Beside, items: Any) -> None:
    taken = threading.Semaphore(0)

    def take() -> bool:
        item = items.get()
        if item is END:
            taken.release()
        return item is not OVER

    def hand_over() -> None:
        for number in range(STEPS - 1):
            items.put(number)
        items.put(END)
        taken.acquire()

    with thread_beside(take, lambda: items.put(OVER)):
        benchmark(hand_over)


def test_simple_queue_between_threads(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    between_threads(benchmark, thread_beside, queue.SimpleQueue())


def test_queue_between_threads(benchmark: BenchmarkFixture, thread_beside: Beside) -> None:
    between_threads(benchmark, thread_beside, queue.Queue())


def test_asyncio_queue_between_tasks(benchmark: BenchmarkFixture) -> None:
    async def hand_over() -> None:
        items: asyncio.Queue[int] = asyncio.Queue()

        async def take() -> None:
            for _ in range(STEPS):
                await items.get()

        taker = asyncio.create_task(take())
        for number in range(STEPS):
            await items.put(number)
        await taker

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(hand_over()))


def test_multiprocessing_pipe_between_processes(benchmark: BenchmarkFixture, process_beside: Beside) -> None:
    """A number is pickled, sent, and loaded again."""
    here, there = multiprocessing.Pipe()

    def take() -> None:
        if there.recv() is END:
            there.send(END)

    def hand_over() -> None:
        for number in range(STEPS - 1):
            here.send(number)
        here.send(END)
        here.recv()

    with process_beside(take):
        benchmark(hand_over)
    here.close()
    there.close()
