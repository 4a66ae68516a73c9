import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from concur.labs.gates import EchoPeer, Failed, leaks, nothing_left

IS_LINUX = sys.platform == "linux"


@pytest.fixture(autouse=True)
def impatient(monkeypatch, request):
    """What is left behind for good need not be waited for so long."""
    if request.function is not test_what_is_about_to_end_is_waited_for:
        monkeypatch.setattr(leaks, "GRACE_S", 0.05)


def failure_of(leave, *kinds):
    """What is said after a block that leaves something behind; and what `leave` returned."""
    with pytest.raises(Failed) as caught, nothing_left(*kinds):
        left = leave()
    return caught.value, left


def test_a_thread_that_lives_on_is_named(stuck_thread):
    failed, _ = failure_of(lambda: stuck_thread("lost"))
    assert (failed.seen, failed.detail) == ("1 thread", "thread lost, which runs Event.wait")


def test_descriptors_that_stay_open_are_named():
    failed, ends = failure_of(os.pipe)
    for end in ends:
        os.close(end)
    assert failed.seen == "2 descriptors"
    assert f"descriptor {ends[0]}, " in failed.detail


def test_a_descriptor_whose_number_is_used_again_is_found():
    before = socket.socket()

    def use_again():
        before.close()
        return socket.socket()

    failed, after = failure_of(use_again)
    after.close()
    assert failed.seen == "1 descriptor"


@pytest.mark.skipif(not IS_LINUX, reason="/proc tells of children")
def test_a_child_that_ended_and_was_not_waited_for_is_a_zombie():
    def leave():
        child = subprocess.Popen([sys.executable, "-S", "-c", ""])
        while not leaks.is_zombie(leaks.describe_child(child.pid)):
            time.sleep(0.001)
        return child

    failed, child = failure_of(leave)
    child.wait()
    assert (failed.seen, failed.detail) == ("1 child", f"child {child.pid}, a zombie: ended, but nobody waited for it")


@pytest.mark.skipif(not IS_LINUX, reason="/proc tells of children")
def test_a_child_that_runs_on_is_named():
    failed, child = failure_of(lambda: subprocess.Popen(["sleep", "60"]), "children")
    child.kill()
    child.wait()
    assert failed.detail.startswith(f"child {child.pid}, sleep 60")


def test_a_task_that_outlives_its_block_is_named():
    async def wait_for_ever():
        await asyncio.Event().wait()

    async def main():
        async with nothing_left():
            tasks.append(asyncio.create_task(wait_for_ever(), name="lost"))
            await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    with pytest.raises(Failed) as caught:
        asyncio.run(main())
    assert caught.value.seen == "1 task"
    assert caught.value.detail.startswith("task lost: test_a_task_that_outlives_its_block_is_named.")
    assert "test_leaks.py:" in caught.value.detail


def test_a_task_of_a_loop_that_nobody_ended_is_named():
    loop = asyncio.new_event_loop()

    def leave():
        task = loop.create_task(asyncio.sleep(60))
        loop.run_until_complete(asyncio.sleep(0))
        return task

    failed, task = failure_of(leave, "tasks")
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert failed.seen == "1 task"


def test_a_greenlet_that_stands_still_is_named():
    library = pytest.importorskip("greenlet")
    main = library.getcurrent()

    def leave(function):
        one = library.greenlet(function)
        one.switch()
        return one

    failed, lost = failure_of(lambda: leave(main.switch))
    lost.throw(library.GreenletExit)
    assert failed.seen == "1 greenlet"
    with nothing_left():
        leave(int)


# What must not be taken for a leak


def test_nothing_is_left_by_a_program_that_cleans_up():
    async def main():
        async with nothing_left("tasks", "descriptors"):
            await asyncio.gather(asyncio.sleep(0.001), asyncio.create_task(asyncio.sleep(0)))
        await asyncio.to_thread(int)

    with nothing_left():
        asyncio.run(main())
        with ThreadPoolExecutor() as pool:
            pool.submit(int).result()
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)
        with socket.socket(), open(os.devnull):
            pass


def test_what_was_there_before_is_not_left_behind(stuck_thread):
    stuck_thread("before")
    with EchoPeer(), nothing_left():
        pass


@pytest.mark.usefixtures("machine")
def test_what_is_about_to_end_is_waited_for():
    with nothing_left():
        threading.Timer(0.05, int).start()


def test_what_only_the_collector_holds_is_not_left_behind():
    class Ring:
        def __init__(self):
            self.me, self.descriptor = self, os.open(os.devnull, os.O_RDONLY)

        def __del__(self):
            os.close(self.descriptor)

    with nothing_left():
        Ring()


def test_an_error_of_the_block_goes_on(stuck_thread):
    def fail():
        stuck_thread("lost")
        raise KeyError

    with pytest.raises(KeyError), nothing_left():
        fail()
