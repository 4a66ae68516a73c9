"""Tasklets end, fail and are killed as Stackless' are."""

import pytest

from concur.kernel.tasklets import TaskletExit, channel, getcurrent, getmain, getruncount, run, schedule
from tests.kernel.scenes import Log, Scene, count, fail, play_here, play_on_pypy, receive, scenes_of, spawn, title


def scene_an_error_comes_out_in_main_and_the_others_go_on(log: Log) -> None:
    meeting = channel()
    spawn(receive, log, meeting, "a")
    schedule()
    for give_way in (schedule, run):
        failing = spawn(fail, log)
        spawn(count, log, "b")
        try:
            give_way()
        except ZeroDivisionError:
            log.append("caught")
        assert (failing.alive, getcurrent() is getmain(), getruncount()) == (False, True, 2)
        schedule()
    meeting.send(1)
    assert log == ["a?", *["fails", "caught", "b0"] * 2, "a=1", "a."]


def scene_an_error_comes_out_in_main_even_where_main_sends(log: Log) -> None:
    meeting = channel()
    spawn(lambda: meeting.receive() / 0)
    schedule()
    try:
        meeting.send(1)
    except ZeroDivisionError:
        log.append("caught")
    spawn(count, log, "a")
    schedule()
    assert (log, meeting.balance) == (["caught", "a0"], 0)


def scene_the_killed_clean_up_and_are_passed_over(log: Log) -> None:
    meeting = channel()
    first = spawn(receive, log, meeting, "a")
    spawn(receive, log, meeting, "b")
    schedule()
    first.kill()
    assert (log, first.alive) == (["a?", "b?", "a."], False)
    meeting.send(1)
    assert (log[3:], meeting.balance) == (["b=1", "b."], 0)
    first.kill()


def scene_what_is_killed_before_it_began_never_runs(log: Log) -> None:
    one = spawn(count, log, "a")
    one.kill()
    schedule()
    assert (log, one.alive, getruncount()) == ([], False, 1)


def scene_who_kills_goes_on_right_after(log: Log) -> None:
    victim = spawn(receive, log, channel(), "a")
    schedule()

    def kill() -> None:
        victim.kill()
        log.append("killer")

    spawn(kill)
    spawn(count, log, "b")
    schedule()
    assert log == ["a?", "a.", "killer", "b0"]


def scene_one_may_kill_itself(log: Log) -> None:
    def end() -> None:
        try:
            getcurrent().kill()
            log.append("never")
        except TaskletExit:
            log.append("exit")
            raise

    spawn(end)
    spawn(count, log, "a")
    run()
    assert log == ["exit", "a0"]


SCENES = scenes_of(globals())


@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_here(scene: Scene) -> None:
    play_here(scene)


@pytest.mark.parametrize("stackless", ["pypy", "greenlet"])
@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_on_pypy(scene: Scene, stackless: str) -> None:
    play_on_pypy(scene, stackless)
