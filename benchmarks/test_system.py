"""What the operating system costs, as Python sees it: a call, a page, a switch of the CPU, a message."""

import mmap
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.echo.contract import READ_BYTES, Lines

STEPS = 1000
MESSAGE = b"x" * 1023 + b"\n"
pytestmark = pytest.mark.benchmark(group="system")
Beside = Callable[..., AbstractContextManager[None]]
Pipes = tuple[int, int, int, int]


def test_system_call(benchmark: BenchmarkFixture) -> None:
    """The cheapest there is."""

    def call() -> None:
        for _ in range(STEPS):
            os.getppid()

    benchmark(call)


def test_page_fault(benchmark: BenchmarkFixture) -> None:
    """Fresh pages, each touched once and given back; small ones, whatever the system would rather have."""

    def touch() -> None:
        with mmap.mmap(-1, STEPS * mmap.PAGESIZE) as pages:
            if hasattr(mmap, "MADV_NOHUGEPAGE"):
                pages.madvise(mmap.MADV_NOHUGEPAGE)
            for at in range(0, STEPS * mmap.PAGESIZE, mmap.PAGESIZE):
                pages[at] = 1

    benchmark(touch)


def test_context_switch_of_threads(benchmark: BenchmarkFixture, thread_beside: Beside, pipes: Pipes) -> None:
    """A byte there and a byte back over pipes on one CPU are two of them (McVoy and Staelin 1996, lmbench: lat_ctx)."""
    benchmark.extra_info["steps"] = 2 * STEPS
    asked, ask, answered, answer = pipes

    def reply() -> bool:
        return os.read(asked, 1) == b"." and bool(os.write(answer, b"."))

    with thread_beside(reply, lambda: os.write(ask, b"!")):
        benchmark(lambda: exchange(ask, answered))


def test_context_switch_of_processes(benchmark: BenchmarkFixture, process_beside: Beside, pipes: Pipes) -> None:
    """The same; each has an address space of its own."""
    benchmark.extra_info["steps"] = 2 * STEPS
    asked, ask, answered, answer = pipes
    with process_beside(lambda: os.write(answer, os.read(asked, 1))):
        benchmark(lambda: exchange(ask, answered))


def exchange(ask: int, answered: int) -> None:
    for _ in range(STEPS):
        os.write(ask, b".")
        os.read(answered, 1)


def test_socketpair_there_and_back(benchmark: BenchmarkFixture) -> None:
    """1 KiB by one thread: two sends, two receives."""
    left, right = socket.socketpair()

    def carry() -> None:
        for _ in range(STEPS):
            left.send(MESSAGE)
            right.send(right.recv(READ_BYTES))
            left.recv(READ_BYTES)

    with left, right:
        benchmark(carry)


def test_lines_of_1_kib(benchmark: BenchmarkFixture) -> None:
    """What the dose's framing does for one message; no system call."""
    lines = Lines()

    def feed() -> None:
        for _ in range(STEPS):
            lines.feed(MESSAGE)

    benchmark(feed)
