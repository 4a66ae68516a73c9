"""How every model ends, beyond what it promises: whom it counts, no grace, a second signal, and no haste meanwhile."""

import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil

from concur.catalog import Model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget, Target

HearOut = Callable[[socket.socket], bytes]


def test_who_was_served_is_counted_and_nobody_was_forced(
    model: Model, start_target: "StartTarget", exchange: "Exchange"
) -> None:
    target = start_target(model.id)
    with ExitStack() as stack:
        idle = [stack.enter_context(target.connect()) for _ in range(min(model.active() or 10, 10))]
        for connection in idle:
            assert exchange(connection, [b"hello"]) == b"hello"
        words = target.end()
    assert (words["accepted"], words["forced"]) == (len(idle), 0)


def test_who_was_forced_is_counted(model: Model, start_target: "StartTarget", hear_out: HearOut) -> None:
    target = start_target(model.id, "--wait", 0.6, "--grace", 0.1)
    with target.connect() as first, target.connect() as second:
        first.sendall(b"first\nlong\n")
        assert first.recv(6) == b"first\n"
        second.sendall(b"long\nlong\n")
        words = target.end()
        assert hear_out(first) == b""
    assert (words["accepted"], words["forced"]) == (2, 2)


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
