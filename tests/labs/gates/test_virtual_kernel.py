import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from concur.kernel import tasks
from concur.kernel.trampoline import done, sleep
from concur.labs.gates import Failed, run_virtual_kernel, run_virtual_trampoline


async def one_after_the_other(seconds=1.0):
    for _ in range(100):
        await sleep(seconds)


async def at_a_time():
    async def once():
        await sleep(1)

    async with tasks.Group() as group:
        for _ in range(100):
            await group.spawn(once())
    return "all"


async def wait_for_ever():
    await tasks.trap(lambda kernel, task: None)


def test_sleeps_take_exactly_the_time_that_the_program_gives_them():
    assert run_virtual_kernel(one_after_the_other()).elapsed_s == 100.0
    assert run_virtual_kernel(one_after_the_other(0.1)).elapsed_s == 10.0
    assert run_virtual_kernel(at_a_time()) == ("all", 1.0)


def test_a_time_out_that_is_not_needed_takes_no_time():
    async def main():
        async with tasks.timeout(50):
            await sleep(3)

    assert run_virtual_kernel(main()).elapsed_s == 3.0


def test_a_time_out_comes_at_its_time():
    async def main():
        with pytest.raises(TimeoutError):
            async with tasks.timeout(5):
                await sleep(60)

    assert run_virtual_kernel(main()).elapsed_s == 5.0


def test_a_deadlock_names_each_task_that_waits_and_its_line():
    async def main():
        await (await tasks.spawn(wait_for_ever())).join()

    with pytest.raises(Failed) as caught:
        run_virtual_kernel(main())
    assert caught.value.seen == "a deadlock: 2 wait for ever"
    assert "wait_for_ever, at test_virtual_kernel.py:" in caught.value.detail


def test_an_error_comes_out_as_it_is():
    async def main():
        await sleep(1)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_virtual_kernel(main())


@pytest.mark.usefixtures("machine")
def test_other_threads_are_done_before_the_clock_jumps():
    async def main():
        with ThreadPoolExecutor() as pool:
            async with tasks.timeout(10):
                await done(pool.submit(time.sleep, 0.05))

    assert run_virtual_kernel(main()).elapsed_s == 0.0


def test_generators_share_the_time():
    order = []

    def count(name, pause_s):
        for number in range(3):
            yield from sleep(pause_s)
            order.append((name, number))

    assert run_virtual_trampoline(count("slow", 2), count("fast", 1)).elapsed_s == 6.0
    assert order == [("fast", 0), ("slow", 0), ("fast", 1), ("fast", 2), ("slow", 1), ("slow", 2)]


def test_generators_that_wait_for_ever_are_named():
    def stand_still():
        yield lambda trampoline, generator: None

    with pytest.raises(Failed, match="1 wait for ever") as caught:
        run_virtual_trampoline(stand_still())
    assert "stand_still, at test_virtual_kernel.py:" in caught.value.detail


def test_what_is_no_coroutine_or_generator_is_said_to_be_none():
    with pytest.raises(Failed, match="asked: a coroutine"):
        run_virtual_kernel(None)  # type: ignore[arg-type]
    with pytest.raises(Failed, match="asked: a generator"):
        run_virtual_trampoline([1])  # type: ignore[arg-type]
