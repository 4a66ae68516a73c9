"""Tasks run, and are joined; none lives after the run, and no error is lost."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concur.kernel.tasks import Cancelled, Group, Kernel, Task, current, spawn, the_reactor, trap
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


class Alien:
    """To be awaited in another loop."""

    def __await__(self) -> Generator[Any, None, None]:
        yield self


def test_the_run_gives_what_main_returns() -> None:
    assert Kernel().run(give(7)) == 7


def test_the_run_raises_what_main_raises() -> None:
    with pytest.raises(ValueError, match="mine"):
        Kernel().run(fail(1))


def test_a_joined_task_gives_its_result_before_and_after_its_end() -> None:
    async def main() -> list[object]:
        task = await spawn(give("result"))
        return [await task.join(), await task.join()]

    assert Kernel().run(main()) == ["result", "result"]


@pytest.mark.parametrize("after_s", [None, 0, 1])
def test_a_joined_tasks_error_is_raised_to_who_joins(after_s: float | None) -> None:
    async def main() -> str:
        task = await spawn(fail(after_s))
        with pytest.raises(ValueError, match="mine"):
            await task.join()
        return "goes on"

    assert Kernel().run(main()) == "goes on"


def test_waiting_for_a_task_leaves_its_error_in_it() -> None:
    async def main() -> None:
        task = await spawn(fail(1))
        await task.wait()
        assert isinstance(task.error, ValueError)

    Kernel().run(main())


def test_all_who_join_learn_of_it(log: list[str]) -> None:
    async def join(task: Task[str], name: str) -> None:
        log.append(f"{name}: {await task.join()}")

    async def work() -> str:
        await sleep(1)
        return "done"

    async def main() -> None:
        task = await spawn(work())
        async with Group() as group:
            await group.spawn(join(task, "a"))
            await group.spawn(join(task, "b"))

    Kernel().run(main())
    assert log == ["a: done", "b: done"]


@pytest.mark.parametrize("after_s", [None, 1])
def test_an_error_that_nobody_joins_ends_the_run_and_every_task(
    after_s: float | None, log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def main() -> None:
        await spawn(sleeper("other"))
        await spawn(fail(after_s))
        await sleeper("main")

    with pytest.raises(ValueError, match="mine"):
        Kernel().run(main())
    assert sorted(log) == ["main cancelled", "other cancelled"]


def test_main_and_a_task_that_both_fail_are_both_heard() -> None:
    async def main() -> None:
        await spawn(fail(1, "task's"))
        try:
            await sleep(LONG_S)
        finally:
            raise ValueError("main's")

    with pytest.raises(BaseExceptionGroup) as raised:
        Kernel().run(main())
    assert sorted(map(str, raised.value.exceptions)) == ["main's", "task's"]


def test_tasks_that_main_leaves_are_cancelled_and_what_they_spawn_too(
    log: list[str], sleeper: Callable[[str], Coroutine[Trap, Any, None]]
) -> None:
    async def stubborn() -> None:
        try:
            await sleep(LONG_S)
        finally:
            await spawn(sleeper("late"))  # it is cancelled before it can say so
            await sleep(1)
            log.append("stubborn ended")

    async def main() -> str:
        await spawn(stubborn())
        await spawn(sleeper("left"))
        await sleep(0)
        return "done"

    assert Kernel().run(main()) == "done"
    assert log == ["left cancelled", "stubborn ended"]


def test_a_trap_gives_what_the_task_is_resumed_with() -> None:
    async def main() -> object:
        assert inspect.getcoroutinestate((await current()).coroutine) == inspect.CORO_RUNNING
        assert (await the_reactor()).poller == "virtual"
        return await trap(lambda kernel, task: kernel.resume_soon(task, "value"))

    assert Kernel().run(main()) == "value"


def unheard_of(kernel: object, task: object) -> None:
    raise ValueError("no such wait")


@pytest.mark.parametrize(
    ("wait", "error"),
    [(lambda: trap(unheard_of), ValueError), (lambda: sleep(float("inf")), OverflowError), (Alien, TypeError)],
)
def test_what_cannot_be_waited_for_is_an_error_of_who_would(
    wait: Callable[[], Awaitable[None]], error: type[Exception], log: list[str]
) -> None:
    async def insist() -> None:
        for _ in range(2):
            with pytest.raises(error):
                await wait()
            log.append("refused")
        await sleep(1)
        await wait()

    async def main() -> None:
        with pytest.raises(error):
            await (await spawn(insist())).join()
        log.append("main goes on")

    Kernel().run(main())
    assert log == ["refused", "refused", "main goes on"]


def test_who_is_refused_a_wait_and_cancelled_in_one_turn_hears_of_both(log: list[str]) -> None:
    def cancel_and_refuse(_: object, task: Task[None]) -> None:
        task.cancel()
        raise ValueError("no such wait")

    async def insist() -> None:
        with pytest.raises(ValueError, match="no such wait"):
            await trap(cancel_and_refuse)
        log.append("refused")
        await sleep(LONG_S)

    async def main() -> None:
        task = await spawn(insist())
        await task.wait()
        assert isinstance(task.error, Cancelled)

    Kernel().run(main())
    assert log == ["refused"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=6))
def test_tasks_go_on_in_the_order_of_time(time: "VirtualTime", naps: list[list[int]]) -> None:
    began_s, seen, expected = time.now_s, [], sorted(sum(nap[: n + 1]) for nap in naps for n in range(len(nap)))

    async def nap_often(lengths: list[int]) -> None:
        for length in lengths:
            await sleep(length)
            seen.append(round(time.now_s - began_s))

    async def main() -> None:
        async with Group() as group:
            for lengths in naps:
                await group.spawn(nap_often(lengths))

    Kernel().run(main())
    assert seen == expected
