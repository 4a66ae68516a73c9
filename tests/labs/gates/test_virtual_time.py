import asyncio
import socket
import threading
import time

import pytest

from concur.labs.gates import EchoPeer, Failed, SlowPeer, StuckPeer, VirtualClock, outside, run_virtual
from concur.labs.gates.virtual_time import VirtualLoop


async def one_after_the_other(seconds=1.0):
    for _ in range(100):
        await asyncio.sleep(seconds)


async def at_a_time():
    await asyncio.gather(*[asyncio.sleep(1) for _ in range(100)])


async def ask(address, within_s=None):
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(b"hello")
        return await asyncio.wait_for(reader.read(100), within_s)
    finally:
        writer.close()


# Sleeps


def test_sleeps_take_exactly_the_time_that_the_program_gives_them():
    assert run_virtual(one_after_the_other()).elapsed_s == 100.0
    assert run_virtual(at_a_time()).elapsed_s == 1.0


def test_a_hundred_tenths_of_a_second_are_ten():
    assert run_virtual(one_after_the_other(0.1)).elapsed_s == 10.0


def test_a_month_passes_at_once():
    month_s = 30.0 * 86400
    assert run_virtual(asyncio.sleep(month_s, "late")) == ("late", month_s)


def test_timers_run_in_the_order_in_which_they_are_due():
    order = []

    async def note(delay_s):
        await asyncio.sleep(delay_s)
        order.append((delay_s, asyncio.get_running_loop().time()))

    async def main():
        await asyncio.gather(*map(note, (3, 1, 2, 0.5)))

    run_virtual(main())
    assert order == [(0.5, 0.5), (1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_time_out_is_of_virtual_time_and_a_cancelled_timer_takes_none():
    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(60), 5)
        async with asyncio.timeout(1000):
            await asyncio.sleep(1)

    assert run_virtual(main()).elapsed_s == 6.0


def test_a_blocking_sleep_takes_no_virtual_time():
    async def main():
        time.sleep(0.01)  # noqa: ASYNC251 # as a learner may

    assert run_virtual(main()).elapsed_s == 0.0


# What ends it


def test_an_error_comes_out_as_it_is():
    async def main():
        await asyncio.sleep(1)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_virtual(main())


def test_a_deadlock_names_each_task_that_waits_and_its_line():
    async def wait_for_ever():
        await asyncio.Event().wait()

    async def main():
        await asyncio.gather(asyncio.create_task(wait_for_ever(), name="philosopher"), asyncio.sleep(1))

    with pytest.raises(Failed) as caught:
        run_virtual(main())
    assert caught.value.seen == "a deadlock: 2 wait for ever"
    assert "philosopher: test_a_deadlock_names_each_task_that_waits_and_its_line" in caught.value.detail
    assert caught.value.detail.count("test_virtual_time.py:") == 2


def test_a_deadlock_is_told_though_its_tasks_do_not_end_when_cancelled():
    async def main():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(3)
            raise

    with pytest.raises(Failed, match="1 wait for ever"):
        run_virtual(main())


def test_locks_taken_crosswise_are_a_deadlock():
    async def take(first, second):
        async with first:
            await asyncio.sleep(1)
            async with second:
                pass

    async def main():
        left, right = asyncio.Lock(), asyncio.Lock()
        await asyncio.gather(take(left, right), take(right, left))

    with pytest.raises(Failed, match="a deadlock: 3 wait for ever"):
        run_virtual(main())


@pytest.mark.parametrize("not_a_coroutine", [None, one_after_the_other, 7])
def test_what_is_no_coroutine_is_said_to_be_none(not_a_coroutine):
    with pytest.raises(Failed, match="asked: a coroutine"):
        run_virtual(not_a_coroutine)


def cheat_by_time(loop):
    loop.time = lambda: 1.0


def cheat_by_clock(loop):
    loop.clock.now_s = 1.0


@pytest.mark.parametrize("cheat", [cheat_by_time, cheat_by_clock])
def test_a_clock_that_was_set_is_noticed(cheat):
    async def main():
        await one_after_the_other()
        cheat(asyncio.get_running_loop())

    with pytest.raises(Failed, match="the loop's clock is left alone"):
        run_virtual(main())


# The world outside


@pytest.mark.usefixtures("machine")
def test_a_socket_of_the_same_loop_answers_before_its_time_out():
    async def serve(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            for _ in range(20):
                await asyncio.sleep(1)
                assert await ask(server.sockets[0].getsockname(), within_s=0.5) == b"hello"
        await asyncio.sleep(0.5)  # for the last connection to be closed

    assert run_virtual(main()).elapsed_s == 20.5


@pytest.mark.usefixtures("machine")
def test_a_peer_in_another_thread_answers_before_its_time_out():
    async def main(address):
        for _ in range(20):
            assert await ask(address, within_s=0.5) == b"hello"
            await asyncio.sleep(1)

    with EchoPeer() as peer:
        assert run_virtual(main(peer.address)).elapsed_s == 20.0


@pytest.mark.usefixtures("machine")
def test_a_slow_peer_keeps_the_clock_from_jumping():
    with SlowPeer(0.05) as peer:
        assert run_virtual(ask(peer.address, within_s=30)) == (b"hello", 0.0)


def test_a_peer_slower_than_the_time_out_runs_into_it():
    with SlowPeer(5) as peer, pytest.raises(TimeoutError):
        run_virtual(ask(peer.address, within_s=0.1))


def test_a_stuck_peer_takes_its_time_out_and_not_a_moment_longer():
    async def main(address):
        with pytest.raises(TimeoutError):
            await ask(address, within_s=3600)
        return asyncio.get_running_loop().time()

    with StuckPeer() as peer:
        assert run_virtual(main(peer.address)) == (3600.0, 3600.0)


def test_to_wait_for_a_stuck_peer_without_a_time_out_is_a_deadlock():
    with StuckPeer() as peer, pytest.raises(Failed, match="1 wait for ever"):
        run_virtual(ask(peer.address))


@pytest.mark.usefixtures("machine")
def test_calls_in_executors_end_before_the_clock_jumps():
    async def main():
        loop = asyncio.get_running_loop()
        answers = await asyncio.gather(asyncio.to_thread(time.sleep, 0.05), asyncio.sleep(100, "slept"))
        return answers, await asyncio.wait_for(loop.run_in_executor(None, pow, 2, 10), 1)

    assert run_virtual(main()) == (([None, "slept"], 1024), 100.0)


def test_a_call_that_takes_longer_than_its_time_out_runs_into_it():
    async def main():
        may_end = threading.Event()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(may_end.wait), 0.05)
        may_end.set()

    assert run_virtual(main()).elapsed_s == 0.05


@pytest.mark.usefixtures("machine")
def test_a_thread_of_the_programs_own_may_call_back():
    async def main():
        loop = asyncio.get_running_loop()
        answer = loop.create_future()

        def work():
            time.sleep(0.05)
            loop.call_soon_threadsafe(answer.set_result, "done")

        thread = threading.Thread(target=work)
        thread.start()
        try:
            return await asyncio.wait_for(answer, 1000)
        finally:
            thread.join()

    assert run_virtual(main()) == ("done", 0.0)


def test_an_executor_that_has_nothing_to_do_holds_nothing_up():
    async def main():
        await asyncio.to_thread(int)
        await one_after_the_other()

    assert run_virtual(main()).elapsed_s == 100.0


def test_a_thread_that_was_there_before_holds_nothing_up(stuck_thread):
    stuck_thread("before")
    assert run_virtual(one_after_the_other()).elapsed_s == 100.0


def test_a_thread_that_waits_for_ever_holds_it_up_once(stuck_thread, monkeypatch):
    monkeypatch.setattr(outside, "STILL_S", 0.05)

    async def main():
        stuck_thread("meanwhile")
        await one_after_the_other()

    assert run_virtual(main()).elapsed_s == 100.0


@pytest.mark.usefixtures("machine")
def test_a_child_ends_before_its_time_out():
    async def main():
        child = await asyncio.create_subprocess_exec("sleep", "0.05")
        return await asyncio.wait_for(child.wait(), 1000)

    assert run_virtual(main()) == (0, 0.0)


def test_the_loop_counts_its_turns():
    loop = VirtualLoop()
    loop.run_until_complete(asyncio.sleep(1))
    before = loop.turns
    loop.run_until_complete(one_after_the_other())
    assert 100 <= loop.turns - before <= 210
    loop.close()


# The clock by itself


def test_a_clock_goes_only_when_somebody_sleeps():
    clock = VirtualClock()
    for seconds in (0.1, 0.2, 0):
        clock.sleep(seconds)
    assert (clock.now_s, clock.monotonic(), clock.monotonic_ns()) == (0.3, 0.3, 300_000_000)
    assert clock.slept == [0.1, 0.2, 0]
    with pytest.raises(ValueError, match="non-negative"):
        clock.sleep(-1)


def test_a_clocks_select_finds_what_is_ready_and_else_lets_the_time_pass():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        clock = VirtualClock()
        assert clock.select([theirs], [], [], 2.5) == ([], [], [])
        ours.send(b"x")
        assert clock.select([theirs], [ours], [], 2.5) == ([theirs], [ours], [])
        assert (clock.now_s, clock.slept) == (2.5, [2.5])
    with pytest.raises(Failed, match="deadlock"):
        clock.select([], [])
