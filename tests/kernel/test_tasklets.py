"""Tasklets and channels take turns as Stackless' do: ours on greenlet here and on PyPy, and PyPy's own alike.

A scene is a function that plays with tasklets and asserts in what order things
happened. It uses names of this file's first part alone, so that its text can be
run by another interpreter.
"""

import inspect
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.interpreters.tree import tier0_tree
from concur.kernel import tasklets
from concur.kernel.tasklets import TaskletExit, channel, getcurrent, getmain, getruncount, run, schedule, tasklet

# What every scene may use

Log = list[object]
Channel = channel


def count(log: Log, name: str, turns: int = 1) -> None:
    """Take so many turns."""
    for number in range(turns):
        if number:
            schedule()
        log.append(f"{name}{number}")


def receive(log: Log, meeting: Channel, name: str) -> None:
    """Receive once."""
    log.append(f"{name}?")
    try:
        log.append(f"{name}={meeting.receive()}")
    finally:
        log.append(f"{name}.")


def send(log: Log, meeting: Channel, value: object) -> None:
    """Send once."""
    log.append(f"{value}!")
    meeting.send(value)
    log.append(f"{value}.")


def fail(log: Log) -> None:
    """Fail, in a way that nobody foresees."""
    log.append("fails")
    raise ZeroDivisionError


def spawn(function: Callable[..., object], *arguments: object) -> tasklet:
    """A tasklet in the line."""
    return tasklet(function)(*arguments)


TOOLS: tuple[Callable[..., object], ...] = (count, receive, send, fail, spawn)

# Scenes: turns


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


# Scenes: channels


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


# Scenes: ends


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


SCENES = [scene for name, scene in list(globals().items()) if name.startswith("scene_")]


# The theatres


def play_here(scene: Callable[[Log], object]) -> None:
    """In a thread of its own, and so with a line of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scene, []).result()


def pypy() -> str:
    """PyPy, if CONCUR_INTERPRETER_PATH knows one."""
    found = shutil.which("pypy3.11", path=os.environ.get("CONCUR_INTERPRETER_PATH") or os.devnull)
    if not found:
        pytest.skip("pypy3.11 is not in CONCUR_INTERPRETER_PATH")
    return found


def on_pypy(program: str, stackless: str) -> str:
    """What it prints there, with PyPy's own tasklets or with ours."""
    head = "from collections.abc import Callable\nimport random\nfrom concur.kernel.tasklets import *\n"
    head += "Log, Channel = list[object], channel\n"
    text = "\n".join([head, *[inspect.getsource(tool) for tool in TOOLS], program])
    env = os.environ | {"PYTHONPATH": str(tier0_tree()), "CONCUR_STACKLESS": stackless}
    done = subprocess.run([pypy(), "-P", "-c", text], env=env, capture_output=True, text=True, timeout=15, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.removeprefix("scene_"))
def test_here(scene: Callable[[Log], object]) -> None:
    play_here(scene)


@pytest.mark.parametrize("stackless", ["pypy", "greenlet"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.removeprefix("scene_"))
def test_on_pypy(scene: Callable[[Log], object], stackless: str) -> None:
    ask = f"{inspect.getsource(scene)}\n{scene.__name__}([])\nprint(STACKLESS)"
    assert on_pypy(ask, stackless) == stackless


def test_here_they_are_greenlets() -> None:
    assert tasklets.STACKLESS == "greenlet"


def play_at_random(seed: int) -> Log:
    """What happens when six tasklets do what chance says with two channels of chance preference."""
    log: Log = []
    chance, meetings = random.Random(seed), [channel(), channel()]
    for meeting in meetings:
        meeting.preference = chance.choice([-1, 0, 1])
        meeting.schedule_all = chance.random() < 0.2

    def act(name: int, deeds: list[int]) -> None:
        for number, deed in enumerate(deeds):
            log.append((name, deed))
            if deed == 0:
                schedule()
            elif deed % 2:
                meetings[deed // 3].send((name, number))
            else:
                log.append(meetings[deed // 4].receive())
        log.append((name, "ends"))

    for name in range(6):
        spawn(act, name, [chance.randrange(5) for _ in range(8)])
    run()
    return [*log, [meeting.balance for meeting in meetings], getruncount()]


def test_by_chance_it_comes_as_on_pypy() -> None:
    ask = f"{inspect.getsource(play_at_random)}\nfor seed in range(200): print(play_at_random(seed))"
    there = on_pypy(ask, "pypy").splitlines()
    with ThreadPoolExecutor(1) as pool:
        assert [str(pool.submit(play_at_random, seed).result()) for seed in range(200)] == there


# Ours alone


@given(
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    takers=st.integers(1, 3),
    preference=st.sampled_from([-1, 0, 1]),
    is_scheduling_all=st.booleans(),
)
def test_what_is_sent_arrives_once_and_in_order(
    counts: list[int], takers: int, preference: int, is_scheduling_all: bool
) -> None:
    came: list[tuple[int, int]] = []
    meeting = channel()
    meeting.preference, meeting.schedule_all = preference, is_scheduling_all

    def take() -> None:
        while True:
            came.append(meeting.receive())

    waiting = [spawn(take) for _ in range(takers)]
    for sender, total in enumerate(counts):
        spawn(meeting.send_sequence, [(sender, number) for number in range(total)])
    run()
    assert sorted(came) == [(sender, number) for sender, total in enumerate(counts) for number in range(total)]
    if takers == 1:
        for sender, total in enumerate(counts):
            assert [number for who, number in came if who == sender] == list(range(total))
    assert meeting.balance == -takers
    for one in waiting:
        one.kill()
    assert (meeting.balance, getruncount()) == (0, 1)


def test_an_error_ends_mains_wait_at_a_channel() -> None:
    meeting = channel()
    spawn(fail, [])
    with pytest.raises(ZeroDivisionError):
        meeting.receive()
    assert (meeting.balance, getmain().blocked, getruncount()) == (0, 0, 1)


def test_a_deadlock_leaves_all_as_it_was() -> None:
    meeting = channel()
    with pytest.raises(RuntimeError, match="deadlock"):
        meeting.receive()
    with pytest.raises(RuntimeError, match="deadlock"):
        meeting.send(1)
    assert (meeting.balance, getmain().blocked, getruncount()) == (0, 0, 1)
    log: Log = []
    spawn(count, log, "a")
    schedule()
    assert log == ["a0"]


def test_where_the_last_one_ends_main_hears_of_the_deadlock() -> None:
    log: Log = []
    spawn(count, log, "a")
    with pytest.raises(RuntimeError, match="deadlock"):
        channel().receive()
    assert (log, getcurrent() is getmain()) == (["a0"], True)


def test_what_stands_in_the_line_can_be_run_at_once() -> None:
    log: Log = []
    spawn(count, log, "a")
    late = spawn(count, log, "b")
    late.run()
    late.kill()
    assert log == ["b0"]
    run()
    assert log == ["b0", "a0"]


def test_each_thread_has_a_line_of_its_own() -> None:
    log: Log = []
    spawn(count, log, "here")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(getruncount).result() == 1
        assert pool.submit(getmain).result() is not getmain()
        pool.submit(run).result()
    assert log == []
    run()
    assert log == ["here0"]
