"""What a timer costs that is made and cancelled, as each timeout is that does not come to pass; its heap included."""

import asyncio

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.kernel.reactor import Reactor

STEPS = 1000
LATER_S = 1e-9  # so that what is cancelled is dropped in the next turn, and not a minute later
pytestmark = pytest.mark.benchmark(group="timer, made and cancelled")


def nothing() -> None:
    pass


def test_asyncio_call_later(benchmark: BenchmarkFixture) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(STEPS):
            loop.call_later(LATER_S, nothing).cancel()
        await asyncio.sleep(0)

    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(run()))


def test_reactor_call_later(benchmark: BenchmarkFixture) -> None:
    reactor = Reactor()

    def run() -> None:
        for _ in range(STEPS):
            reactor.call_later(LATER_S, nothing).cancel()
        reactor.call_soon(reactor.stop)
        reactor.run()

    benchmark(run)
    reactor.close()
