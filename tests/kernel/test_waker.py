"""What other threads hand to a loop comes in order, makes one descriptor readable, and never blocks them."""

import os
import select
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from concur.kernel.waker import Waker

MORE_THAN_A_PIPE_HOLDS = 200_000


def is_readable(waker: Waker[Any]) -> bool:
    return bool(select.select([waker], [], [], 0)[0])


def test_it_is_readable_from_the_first_thing_until_all_are_taken() -> None:
    waker = Waker[int]()
    assert not is_readable(waker)
    for number in range(3):
        waker.wake(number)
        assert is_readable(waker)
    assert waker.take() == [0, 1, 2]
    assert not is_readable(waker)
    assert waker.take() == []
    waker.close()


def test_nobody_blocks_however_much_nobody_takes() -> None:
    waker = Waker[int]()
    for number in range(MORE_THAN_A_PIPE_HOLDS):
        waker.wake(number)
    assert waker.take() == list(range(MORE_THAN_A_PIPE_HOLDS))
    waker.close()


def test_what_many_threads_hand_over_comes_once() -> None:
    waker, taken = Waker[int](), list[int]()
    with ThreadPoolExecutor(4) as pool:
        done = pool.map(waker.wake, range(1000))
        while len(taken) < 1000:
            assert select.select([waker], [], [], 10)[0]
            taken += waker.take()
        list(done)
    assert sorted(taken) == list(range(1000))
    waker.close()


@pytest.mark.parametrize("amid", ["read", "write"])
def test_a_signals_handler_may_hand_something_over_amid_either(amid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waker, is_heard = Waker[str](), False
    real = getattr(os, amid)

    def interrupted(*arguments: Any) -> Any:
        nonlocal is_heard
        if not is_heard:
            is_heard = True
            waker.wake("handler's")
        return real(*arguments)

    monkeypatch.setattr(os, amid, interrupted)
    waker.wake("loop's")
    taken = waker.take()
    while is_readable(waker):
        taken += waker.take()
    assert taken == ["loop's", "handler's"]
    waker.close()


def test_handlers_that_come_at_any_time_lose_nothing() -> None:
    waker, sent, taken, heard = Waker[int](), count(), list[int](), list[int]()

    def hear(*_: object) -> None:
        heard.append(next(sent))
        waker.wake(heard[-1])

    before = signal.signal(signal.SIGALRM, hear)
    try:
        signal.setitimer(signal.ITIMER_REAL, 5e-4, 5e-4)
        while len(heard) < 200:
            waker.wake(next(sent))
            taken += waker.take()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    while is_readable(waker):
        taken += waker.take()
    assert sorted(taken) == list(range(next(sent)))
    waker.close()


def test_who_comes_after_the_end_writes_to_nobody() -> None:
    waker = Waker[int]()
    waker.close()
    reading, writing = os.pipe()  # the numbers that have just become free
    os.set_blocking(reading, False)
    waker.wake(1)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)
    os.close(reading)
    os.close(writing)
