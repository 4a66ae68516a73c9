"""Tasklets meet at channels as Stackless' do."""

import pytest

from concur.kernel.tasklets import channel, getruncount, run, schedule
from tests.kernel.scenes import Log, Scene, count, play_here, play_on_pypy, receive, scenes_of, send, spawn, title


def scene_a_receiver_that_waits_goes_on_at_once(log: Log) -> None:
    meeting = channel()
    spawn(receive, log, meeting, "a")
    schedule()
    spawn(count, log, "b")
    meeting.send(5)
    log.append("main")
    assert log == ["a?", "a=5", "a.", "b0", "main"]


def scene_a_sender_that_waits_comes_last(log: Log) -> None:
    meeting = channel()
    spawn(send, log, meeting, "x")
    schedule()
    spawn(count, log, "b")
    log.append(meeting.receive())
    schedule()
    assert log == ["x!", "x", "b0", "x."]


def scene_who_is_preferred_goes_on(log: Log) -> None:
    orders = {
        -1: "a? b? x! a=x a. y! b=y b. z! c? c=z c. x. y. z.",
        0: "a? b? x! x. y! y. z! c? c=z c. a=x a. b=y b. z.",
        1: "a? b? x! x. y! y. z! c? z. a=x a. b=y b. c=z c.",
    }
    for preference, order in orders.items():
        meeting = channel()
        meeting.preference = preference
        for function, what in ((receive, "ab"), (send, "xyz"), (receive, "c")):
            for one in what:
                spawn(function, log, meeting, one)
        run()
        assert log == order.split(), preference
        log.clear()


def scene_where_all_are_to_be_scheduled_the_next_in_line_goes_on(log: Log) -> None:
    meeting = channel()
    meeting.schedule_all = True
    spawn(receive, log, meeting, "a")
    schedule()
    spawn(count, log, "b")
    meeting.send("x")
    log.append("main")
    assert log == ["a?", "b0", "a=x", "a.", "main"]


def scene_the_balance_says_who_waits(log: Log) -> None:
    meeting = channel()
    waiting = [spawn(receive, log, meeting, "a") for _ in range(3)]
    schedule()
    assert (meeting.balance, waiting[0].blocked, getruncount()) == (-3, -1, 1)
    for _ in waiting:
        meeting.send(None)
    assert (meeting.balance, bool(waiting[0].blocked)) == (0, False)
    waiting = [spawn(send, log, meeting, "x") for _ in range(2)]
    schedule()
    assert (meeting.balance, waiting[0].blocked) == (2, 1)


def scene_who_waits_longest_is_served_first(log: Log) -> None:
    meeting = channel()
    for name in "abc":
        spawn(receive, log, meeting, name)
    schedule()
    meeting.send_sequence("xyz")
    assert [entry for entry in log if "=" in str(entry)] == ["a=x", "b=y", "c=z"]


def scene_an_exception_can_be_sent(log: Log) -> None:
    meeting = channel()

    def expect() -> None:
        try:
            meeting.receive()
        except ZeroDivisionError:
            log.append("caught")
        meeting.receive()

    spawn(expect)
    schedule()
    meeting.send_exception(ZeroDivisionError, "why")
    assert (log, meeting.balance) == (["caught"], -1)


def scene_where_nobody_can_go_on_it_is_a_deadlock(log: Log) -> None:
    spawn(count, log, "a")
    try:
        channel().receive()
    except RuntimeError:
        log.append("deadlock")
    assert log == ["a0", "deadlock"]


SCENES = scenes_of(globals())


@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_here(scene: Scene) -> None:
    play_here(scene)


@pytest.mark.parametrize("stackless", ["pypy", "greenlet"])
@pytest.mark.parametrize("scene", SCENES, ids=title)
def test_on_pypy(scene: Scene, stackless: str) -> None:
    play_on_pypy(scene, stackless)
