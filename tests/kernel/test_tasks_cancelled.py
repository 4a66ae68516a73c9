"""Tasks are cancelled where they wait, by others, by themselves, by a timeout."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from concur.kernel.tasks import Cancelled, Kernel, Task, current, spawn, the_reactor, timeout
from concur.kernel.trampoline import Trap, sleep

if TYPE_CHECKING:
    from tests.kernel.conftest import VirtualTime

pytestmark = pytest.mark.usefixtures("time", "no_task_lives")
LONG_S = 1000


async def fail(after_s: float | None, message: str = "mine") -> None:
    if after_s is not None:
        await sleep(after_s)
    raise ValueError(message)


async def nap(seconds: float) -> None:
    await sleep(seconds)


async def retry() -> None:
    while True:
        try:
            async with timeout(1):
                await sleep(LONG_S)
        except TimeoutError:
            pass


def test_a_sleeping_task_is_cancelled_where_it_stands(
    time: "VirtualTime", log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def main() -> Task[None]:
        task = await spawn(sleeper("it"))
        await sleep(1)
        task.cancel()
        await task.wait()
        task.cancel()
        return task

    task: Task[None] = Kernel().run(main())
    assert log == ["it cancelled"]
    assert isinstance(task.error, Cancelled)
    assert time.now_s == 1


def test_a_task_cancelled_before_its_first_step_takes_none() -> None:
    async def never() -> None:
        pytest.fail("ran")

    async def main() -> None:
        task = await spawn(never())
        task.cancel()
        await task.wait()
        assert isinstance(task.error, Cancelled)

    Kernel().run(main())


def test_a_task_that_is_about_to_run_is_cancelled_once(log: list[str]) -> None:
    async def wait_for(task: Task[Any]) -> None:
        try:
            await task.wait()
        except Cancelled:
            log.append("cancelled")
            await sleep(1)
            log.append("cleaned up")
            raise

    async def main() -> None:
        first = await spawn(nap(1))
        waiter = await spawn(wait_for(first))
        await first.wait()  # at its end both go on in one turn, and this one first
        waiter.cancel()
        waiter.cancel()
        await waiter.wait()

    Kernel().run(main())
    assert log == ["cancelled", "cleaned up"]


def test_a_task_may_cancel_itself_and_is_interrupted_at_its_next_wait(time: "VirtualTime", log: list[str]) -> None:
    async def main() -> None:
        task = await current()
        task.cancel()
        log.append("goes on")
        await sleep(LONG_S)

    with pytest.raises(Cancelled):
        Kernel().run(main())
    assert log == ["goes on"]
    assert time.now_s < LONG_S


def test_a_task_that_is_done_before_its_next_wait_is_done() -> None:
    async def main() -> str:
        (await current()).cancel()
        return "done"

    assert Kernel().run(main()) == "done"


def test_a_task_may_refuse_to_be_cancelled() -> None:
    async def refuse() -> str:
        try:
            await sleep(LONG_S)
        except Cancelled:
            await sleep(1)
        return "refused"

    async def main() -> str:
        task = await spawn(refuse())
        await sleep(0)
        task.cancel()
        return await task.join()

    assert Kernel().run(main()) == "refused"


def test_cancelling_who_joins_leaves_the_joined_one_alone(log: list[str]) -> None:
    async def work() -> str:
        await sleep(2)
        return "done"

    async def main() -> str:
        task = await spawn(work())
        joiner = await spawn(task.join())
        await sleep(1)
        joiner.cancel()
        await joiner.wait()
        assert isinstance(joiner.error, Cancelled)
        return await task.join()

    assert Kernel().run(main()) == "done"


def test_who_joins_a_cancelled_task_is_told_so(sleeper: Callable[[str], Coroutine[Trap, Any, None]]) -> None:
    async def main() -> str:
        task = await spawn(sleeper("it"))
        task.cancel()
        with pytest.raises(Cancelled):
            await task.join()
        return "goes on"

    assert Kernel().run(main()) == "goes on"


# Timeouts


def test_a_block_in_time_is_left_alone(time: "VirtualTime") -> None:
    async def main() -> str:
        async with timeout(2):
            await sleep(1)
        await sleep(5)
        return "done"

    assert Kernel().run(main()) == "done"
    assert time.now_s == 6


def test_a_block_that_takes_too_long_is_cut_off(time: "VirtualTime") -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError, match="more than 2 s"):
            async with timeout(2):
                await sleep(LONG_S)

    Kernel().run(main())
    assert time.now_s == 2


@pytest.mark.parametrize(("outer_s", "inner_s", "who"), [(1, 2, "outer"), (2, 1, "inner"), (1, 1, "inner")])
def test_of_nested_timeouts_the_first_one_speaks(outer_s: float, inner_s: float, who: str, log: list[str]) -> None:
    async def main() -> None:
        try:
            async with timeout(outer_s):
                try:
                    async with timeout(inner_s):
                        await sleep(LONG_S)
                except TimeoutError:
                    log.append("inner")
        except TimeoutError:
            log.append("outer")
        await sleep(5)

    Kernel().run(main())
    assert log == [who]


@pytest.mark.parametrize("by_s", [1, 1 + 1e-9])
def test_a_timeout_that_is_caught_hides_no_other_of_the_same_turn(by_s: float) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError, match=f"more than {by_s} s"):
            async with timeout(by_s):
                await retry()
        await sleep(5)

    Kernel().run(main())


def test_a_timeout_that_is_caught_hides_no_cancellation_of_the_same_turn() -> None:
    async def main() -> None:
        task = await spawn(retry())
        (await the_reactor()).call_later(1, task.cancel)
        await task.wait()
        assert isinstance(task.error, Cancelled)

    Kernel().run(main())


def test_cancelling_a_block_with_a_timeout_is_no_timeout() -> None:
    async def limited() -> None:
        async with timeout(5):
            await sleep(LONG_S)

    async def main() -> None:
        task = await spawn(limited())
        await sleep(1)
        task.cancel()
        await task.wait()
        assert isinstance(task.error, Cancelled)
        await sleep(10)

    Kernel().run(main())
