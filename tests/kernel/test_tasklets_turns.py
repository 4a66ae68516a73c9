"""Tasklets take turns as Stackless' do."""

import pytest

from concur.kernel.tasklets import channel, getcurrent, getmain, getruncount, run, schedule, tasklet
from tests.kernel.scenes import Log, Scene, count, play_here, play_on_pypy, receive, scenes_of, spawn, title


def scene_thousands_begin_one_after_the_other(log: Log) -> None:
    """Each begins when the one before waits for the first time: none stands on another's stack."""
    meeting = channel()
    for number in range(3000):
        spawn(receive, log, meeting, f"{number}")
    schedule()
    assert meeting.balance == -3000
    meeting.send("a")
    schedule()
    assert log[-2:] == ["0=a", "0."]


def scene_tasklets_take_turns(log: Log) -> None:
    for name in "abc":
        spawn(count, log, name, 2)
    assert getruncount() == 4
    schedule()
    assert log == ["a0", "b0", "c0"]
    schedule()
    assert log[3:] == ["a1", "b1", "c1"]
    assert getruncount() == 1


def scene_run_returns_when_nobody_is_left_in_the_line(log: Log) -> None:
    spawn(count, log, "a", 3)
    spawn(receive, log, channel(), "waits")
    spawn(count, log, "b", 2)
    run()
    assert log == ["a0", "waits?", "b0", "a1", "b1", "a2"]
    run()
    assert len(log) == 6


def scene_one_that_is_made_by_another_comes_last(log: Log) -> None:
    def make() -> None:
        spawn(count, log, "made")
        log.append("maker")

    spawn(make)
    spawn(count, log, "a")
    run()
    assert log == ["maker", "a0", "made0"]


def scene_a_tasklet_gives_way_from_deep_within_its_calls(log: Log) -> None:
    def descend(depth: int) -> int:
        if depth:
            return 1 + descend(depth - 1)
        schedule()
        return 0

    spawn(lambda: log.append(descend(50)))
    spawn(count, log, "a")
    run()
    assert log == ["a0", 50]


def scene_each_knows_itself_and_main(log: Log) -> None:
    assert getcurrent() is getmain()
    one = spawn(lambda: log.append((getcurrent() is one, getmain() is one)))
    assert one.alive
    schedule()
    assert log == [(True, False)]
    assert getcurrent() is getmain()
    assert not one.alive


def scene_what_is_removed_is_passed_over_until_it_is_inserted(log: Log) -> None:
    one = spawn(count, log, "a", 2)
    one.remove()
    spawn(count, log, "b")
    schedule()
    assert (log, getruncount()) == (["b0"], 1)
    one.insert()
    schedule()
    schedule()
    assert log == ["b0", "a0", "a1"]


def scene_what_is_run_runs_at_once_and_the_caller_is_next(log: Log) -> None:
    one = spawn(count, log, "a", 2)
    one.remove()
    spawn(count, log, "b")
    one.run()
    log.append("main")
    run()
    assert log == ["a0", "main", "b0", "a1"]


def scene_what_is_dead_can_be_bound_and_live_again(log: Log) -> None:
    one = spawn(count, log, "a")
    run()
    one.bind(lambda: log.append("again"))
    one.setup()
    run()
    assert (log, one.alive) == (["a0", "again"], False)


def scene_what_cannot_run_says_so(log: Log) -> None:
    dead, waiting = spawn(count, log, "a"), spawn(receive, log, channel(), "b")
    schedule()
    refused: list[object] = []
    for ask in (dead.insert, dead.run, waiting.insert, waiting.run, waiting.remove, getcurrent().remove):
        try:
            ask()
        except RuntimeError:
            refused.append(ask)
    assert len(refused) == 6
    try:
        tasklet()()
    except TypeError:
        refused.append(tasklet)
    assert len(refused) == 7


SCENES = scenes_of(globals())


@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_here(scene: Scene) -> None:
    play_here(scene)


@pytest.mark.parametrize("stackless", ["pypy", "greenlet"])
@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_on_pypy(scene: Scene, stackless: str) -> None:
    play_on_pypy(scene, stackless)
