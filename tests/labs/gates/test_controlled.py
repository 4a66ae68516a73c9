"""Controlled primitives mean what those of threading and queue mean."""

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from concur.labs.gates.explorer import Replay, Scenario, explore, replay

seen: list[Any] = []


def _call(thread: Callable[[], object], _: object) -> None:
    thread()


def look(*threads: Callable[[], object], schedule: str = "") -> Replay:
    """Run these as A, B, C …, with this module's threading controlled; what they noted is in `seen`."""

    def note_nothing() -> None:
        seen.clear()

    bodies = [partial(_call, thread) for thread in threads]
    scenario = Scenario(note_nothing, bodies)
    return replay(scenario, schedule, within=list(threads))


def test_a_timeout_runs_by_the_virtual_clock() -> None:
    def wait() -> None:
        lock = threading.Lock()
        began = time.monotonic()
        seen.append([lock.acquire(), lock.acquire(timeout=3600), lock.acquire(blocking=False)])
        seen.append(round(time.monotonic() - began))

    assert look(wait).what == ""
    assert seen == [[True, False, False], 3600]


def test_an_rlock_is_taken_again_by_its_holder_alone() -> None:
    def again() -> None:
        lock = threading.RLock()
        with lock, lock:
            seen.append("twice")
        with pytest.raises(RuntimeError):
            lock.release()

    assert look(again).what == ""
    assert seen == ["twice"]


def test_a_lock_taken_twice_is_a_deadlock_of_one() -> None:
    def twice() -> None:
        lock = threading.Lock()
        with lock, lock:
            pass

    assert look(twice).what.startswith("deadlock: A → A\n  A waits for Lock lock, held by A")


def wait_and_notify() -> None:
    """A thread that starts another one, waits for its word and joins it."""
    condition = threading.Condition()

    def notify() -> None:
        with condition:
            seen.append("ready")
            condition.notify_all()

    other = threading.Thread(target=notify)
    with condition:
        other.start()
        seen.append(condition.wait_for(lambda: "ready" in seen, timeout=10))
    other.join()
    seen.append(other.is_alive())


def test_threads_that_a_thread_starts_are_threads_of_the_run() -> None:
    ran = look(wait_and_notify)
    assert (ran.what, ran.names, seen) == ("", ["A", "B"], ["ready", True, False])


def test_nobody_wakes_who_missed_the_word() -> None:
    def miss() -> None:
        condition = threading.Condition()
        with condition:
            condition.notify()
            condition.wait()

    what = look(miss).what
    assert "A waits to be notified by Condition condition, which nobody is left to give" in what


def test_a_semaphore_lets_in_as_many_as_it_says() -> None:
    def three() -> None:
        places = threading.BoundedSemaphore(2)
        seen.append([places.acquire(), places.acquire(), places.acquire(timeout=1)])
        places.release(2)
        with pytest.raises(ValueError, match="too many"):
            places.release()

    assert look(three).what == ""
    assert seen == [[True, True, False]]


def test_an_event_is_waited_for_until_it_is_set() -> None:
    def both() -> None:
        event = threading.Event()
        seen.append(event.wait(1))
        other = threading.Thread(target=event.set)
        other.start()
        seen.append(event.wait())
        event.clear()
        seen.append(event.is_set())

    assert look(both).what == ""
    assert seen == [False, True, False]


def test_a_barrier_opens_when_all_are_there_and_breaks_when_one_gives_up() -> None:
    def meet() -> None:
        barrier = threading.Barrier(2)
        other = threading.Thread(target=lambda: seen.append(barrier.wait()))
        other.start()
        seen.append(barrier.wait())
        other.join()
        with pytest.raises(threading.BrokenBarrierError):
            barrier.wait(1)
        seen.append(barrier.broken)

    assert look(meet).what == ""
    assert sorted(seen[:2]) == [0, 1]
    assert seen[2:] == [True]


def test_queues_wait_for_items_and_for_room() -> None:
    def pass_on() -> None:
        channel: Any = queue.Queue(1)
        stack: Any = queue.LifoQueue()
        heap: Any = queue.PriorityQueue()
        other = threading.Thread(target=lambda: [channel.put(one) for one in range(3)])
        other.start()
        seen.append([channel.get() for _ in range(3)])
        with pytest.raises(queue.Empty):
            channel.get(timeout=5)
        for one in (2, 3, 1):
            stack.put(one)
            heap.put(one)
        seen.append([stack.get() for _ in range(3)])
        seen.append([heap.get_nowait() for _ in range(3)])

    assert look(pass_on).what == ""
    assert seen == [[0, 1, 2], [1, 3, 2], [1, 2, 3]]


def test_a_full_queue_that_nobody_reads_is_a_deadlock() -> None:
    def fill() -> None:
        channel: Any = queue.Queue(1)
        channel.put(1)
        channel.put(2)

    assert "A waits for room in Queue channel" in look(fill).what


def test_sleeping_gives_way_and_takes_no_time() -> None:
    def sleep() -> None:
        time.sleep(3600)
        seen.append(threading.current_thread().name)

    assert look(sleep, sleep).what == ""
    assert seen == ["A", "B"]


def test_no_dummy_thread_is_left_of_those_that_asked_who_they_are() -> None:
    def ask() -> None:
        seen.append(real_current_thread())

    real_current_thread = threading.current_thread
    before = threading.active_count()
    explore(Scenario(seen.clear, [lambda _: ask()] * 2), within=ask)
    assert threading.active_count() == before
