"""How every model ends: it drains, forces what does not end, and leaves nothing behind."""

import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from concur.catalog import Model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget, Target

Fill = Callable[[socket.socket, bytes], int]
HearOut = Callable[[socket.socket], bytes]
NOTHING = {"threads": 0, "connections": 0, "descriptors": 0, "children": 0}


def assert_nothing_is_left(words: dict[str, Any], model: Model) -> None:
    if 8 in model.unmet:
        assert words["left"] != NOTHING, "keeps promise 8: the declaration is out of date"
    else:
        assert words["left"] == NOTHING


def test_a_request_in_flight_is_answered(model: Model, start_target: "StartTarget", hear_out: HearOut) -> None:
    target = start_target(model.id, "--wait", 0.1)
    with target.connect() as connection:
        connection.sendall(b"first\nsecond\n")
        assert connection.recv(6) == b"first\n"
        words = target.end()
        assert hear_out(connection) == b"second\n"
    assert (words["accepted"], words["forced"]) == (1, 0)
    assert_nothing_is_left(words, model)


def test_a_request_sent_just_before_the_stop_is_answered(
    model: Model, start_target: "StartTarget", hear_out: HearOut
) -> None:
    target = start_target(model.id, "--wait", 0.01)
    with target.connect() as connection:
        connection.sendall(b"just\n")
        words = target.end()
        assert hear_out(connection) == b"just\n"
    assert_nothing_is_left(words, model)


def test_idle_connections_are_closed(
    model: Model, start_target: "StartTarget", exchange: "Exchange", hear_out: HearOut
) -> None:
    target = start_target(model.id)
    with ExitStack() as stack:
        idle = [stack.enter_context(target.connect()) for _ in range(model.max_active or 10)]
        for connection in idle:
            assert exchange(connection, [b"hello"]) == b"hello"
        words = target.end()
        assert [hear_out(connection) for connection in idle] == [b""] * len(idle)
    assert (words["accepted"], words["forced"]) == (len(idle), 0)
    assert_nothing_is_left(words, model)


@pytest.mark.parametrize("dose", [[], ["--cpu", 1]], ids=["plain", "dosed"])
def test_what_the_backlog_holds_is_served(
    model: Model, start_target: "StartTarget", hear_out: HearOut, dose: list[object]
) -> None:
    target = start_target(model.id, *dose)
    target.process.send_signal(signal.SIGSTOP)  # so that all of it comes at once
    with ExitStack() as stack:
        waiting = [stack.enter_context(target.connect()) for _ in range(20)]
        for connection in waiting:
            connection.sendall(b"hello\n")
        target.process.send_signal(signal.SIGTERM)
        target.process.send_signal(signal.SIGCONT)
        assert [hear_out(connection) for connection in waiting] == [b"hello\n"] * 20
        words = target.last_words()
    assert (words["accepted"], words["forced"]) == (20, 0)
    assert_nothing_is_left(words, model)


def test_the_end_of_the_grace_period_cuts_off_what_takes_too_long(
    model: Model, start_target: "StartTarget", hear_out: HearOut
) -> None:
    target = start_target(model.id, "--wait", 0.6, "--grace", 0.1)
    with target.connect() as first, target.connect() as second:
        first.sendall(b"first\nlong\n")
        assert first.recv(6) == b"first\n"
        second.sendall(b"long\nlong\n")
        words = target.end()
        assert hear_out(first) == b""
    assert (words["accepted"], words["forced"]) == (2, 2)
    assert_nothing_is_left(words, model)


def test_who_never_reads_cannot_put_the_end_off(model: Model, start_target: "StartTarget", fill: Fill) -> None:
    target = start_target(model.id, "--grace", 0.3)
    with target.connect(4096) as first, target.connect(4096) as second:
        fill(first, bytes(65536))
        fill(second, bytes(65536))
        words = target.end()
    assert words["accepted"] == 2
    assert_nothing_is_left(words, model)


def test_no_grace_is_no_grace(model: Model, start_target: "StartTarget") -> None:
    target = start_target(model.id, "--wait", 0.3, "--grace", 0)
    with target.connect() as connection:
        connection.sendall(b"first\nlong\n")
        assert connection.recv(6) == b"first\n"
        assert target.end()["forced"] == 1


def test_a_second_signal_exits_at_once(model: Model, start_target: "StartTarget") -> None:
    target = start_target(model.id, "--wait", 0.2, "--grace", 3600)
    with target.connect() as connection:
        connection.sendall(b"first\n" + b"more\n" * 10_000)
        assert connection.recv(6) == b"first\n"
        assert exit_status_under_signals(target) == 128 + signal.SIGTERM


def exit_status_under_signals(target: "Target") -> int:
    """Signal again and again: two signals of one kind may count as one."""
    while True:
        target.process.send_signal(signal.SIGTERM)
        try:
            return target.process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass


def test_draining_waits_without_spinning(model: Model, start_target: "StartTarget") -> None:
    target = start_target(model.id, "--wait", 1)
    with target.connect() as connection:
        connection.sendall(b"long\n")
        before = psutil.Process(target.process.pid).cpu_times()
        usage = target.end()["usage"]
        assert connection.recv(5) == b"long\n"
    used_s = usage["user_s"] + usage["system_s"] - before.user - before.system
    assert used_s < 0.5, "CPU time, of 1 s in which there was nothing to do"
