"""A group's tasks do not outlive its block, whichever way either ends."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from concur.kernel.tasks import Cancelled, Group, Kernel, Task, current, spawn, trap
from concur.kernel.trampoline import Trap, sleep

if TYPE_CHECKING:
    from tests.kernel.conftest import VirtualTime

pytestmark = pytest.mark.usefixtures("time", "no_task_lives")
LONG_S = 1000


async def fail(after_s: float | None, message: str = "mine") -> None:
    if after_s is not None:
        await sleep(after_s)
    raise ValueError(message)


async def give(value: object) -> object:
    return value


async def nap(seconds: float) -> None:
    await sleep(seconds)


def test_a_group_waits_for_its_tasks(time: "VirtualTime") -> None:
    async def main() -> object:
        async with Group() as group:
            task = await group.spawn(give("result"))
            await group.spawn(nap(3))
        assert time.now_s == 3
        return await task.join()

    assert Kernel().run(main()) == "result"


@pytest.mark.parametrize("after_s", [None, 1])
def test_an_error_cancels_the_siblings_and_the_block(
    after_s: float | None, time: "VirtualTime", log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def block() -> None:
        async with Group() as group:
            await group.spawn(sleeper("sibling"))
            await group.spawn(fail(after_s))
            await sleeper("block")

    async def main() -> str:
        with pytest.raises(ValueError, match="mine"):
            await block()
        await sleep(5)
        return "goes on"

    assert Kernel().run(main()) == "goes on"
    assert sorted(log) == ["block cancelled", "sibling cancelled"]
    assert time.now_s == (after_s or 0) + 5


def test_several_errors_come_as_a_group() -> None:
    async def fail_when_cancelled() -> None:
        try:
            await sleep(LONG_S)
        finally:
            raise KeyError("while cleaning up")

    async def main() -> None:
        async with Group() as group:
            await group.spawn(fail_when_cancelled())
            await group.spawn(fail(1))

    with pytest.raises(BaseExceptionGroup) as raised:
        Kernel().run(main())
    assert sorted(type(error).__name__ for error in raised.value.exceptions) == ["KeyError", "ValueError"]


def test_the_blocks_own_error_is_not_lost_among_the_tasks() -> None:
    async def main() -> None:
        async with Group() as group:
            await group.spawn(fail(None, "task's"))
            raise ValueError("block's")

    with pytest.raises((ValueError, BaseExceptionGroup)) as raised:
        Kernel().run(main())
    assert "block's" in str(getattr(raised.value, "exceptions", raised.value))


def test_a_sibling_that_joins_the_failing_one_is_ended_too() -> None:
    async def main() -> None:
        async with Group() as group:
            failing = await group.spawn(fail(1))
            await group.spawn(failing.join())

    with pytest.raises((ValueError, BaseExceptionGroup)) as raised:
        Kernel().run(main())
    assert "mine" in str(getattr(raised.value, "exceptions", raised.value))


@pytest.mark.parametrize("is_in_block", [True, False])
def test_cancelling_the_owner_cancels_the_group_and_waits_for_it(
    is_in_block: bool, log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def own() -> None:
        try:
            async with Group() as group:
                await group.spawn(sleeper("child"))
                if is_in_block:
                    await sleep(LONG_S)
        finally:
            log.append("owner ended")

    async def main() -> None:
        owner = await spawn(own())
        await sleep(1)
        owner.cancel()
        await owner.wait()
        assert isinstance(owner.error, Cancelled)

    Kernel().run(main())
    assert log == ["child cancelled", "owner ended"]


def test_an_owner_cancelled_while_it_spawns_leaves_no_child_outside(
    log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def own() -> None:
        async with Group() as group:
            (await current()).cancel()
            await group.spawn(sleeper("child"))

    async def main() -> int:
        owner = await spawn(own())
        await owner.wait()
        return len(await all_tasks())

    assert Kernel().run(main()) == 1


def all_tasks() -> Awaitable[list[Task[Any]]]:
    return trap(lambda kernel, task: kernel.resume_soon(task, list(kernel.tasks)))


def test_a_group_that_cancels_itself_ends_in_peace(
    log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def main() -> str:
        async with Group() as group:
            await group.spawn(sleeper("child"))
            await sleep(1)
            group.cancel()
        return "done"

    assert Kernel().run(main()) == "done"
    assert log == ["child cancelled"]
