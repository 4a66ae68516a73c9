import asyncio
import threading
import time

import pytest

from concur.labs.gates import ThreadHeartbeat, heartbeats_during, run_virtual


async def block():
    time.sleep(0.02)  # noqa: ASYNC251 # as a learner may
    return "blocked"


async def beats_of(awaitable):
    return await heartbeats_during(awaitable)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("run", [asyncio.run, lambda main: run_virtual(main).result])
def test_a_loop_that_is_blocked_throughout_has_no_beat(run):
    assert run(beats_of(block())) == ("blocked", 0)


@pytest.mark.usefixtures("machine")
def test_a_loop_that_goes_on_has_many():
    assert asyncio.run(beats_of(asyncio.sleep(0.2, "slept")))[1] > 20
    assert asyncio.run(beats_of(asyncio.to_thread(time.sleep, 0.2)))[1] > 20


def test_a_loop_on_virtual_time_counts_its_turns_and_is_not_held_up():
    timed = run_virtual(beats_of(asyncio.sleep(100, "slept")))
    assert timed.elapsed_s == 100.0
    assert timed.result[1] >= 1


def test_the_heart_stops_with_the_awaitable_and_an_error_goes_on():
    async def fail():
        await asyncio.sleep(0)
        raise KeyError("lost")

    async def main():
        with pytest.raises(KeyError):
            await heartbeats_during(fail())
        return asyncio.get_running_loop()._ready  # type: ignore[attr-defined]

    assert all(handle.cancelled() for handle in asyncio.run(main()))


@pytest.mark.usefixtures("machine")
def test_another_thread_beats_while_this_one_waits():
    enough = threading.Event()
    with ThreadHeartbeat() as heart:
        while heart.beats < 3:
            enough.wait(0.001)
    beats = heart.beats
    assert beats >= 3
    enough.wait(0.01)
    assert heart.beats == beats, "it ends with the block"
