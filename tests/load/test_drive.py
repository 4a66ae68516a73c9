import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from concur.errors import LoadError, MachineError, UsageError
from concur.load.drive import Engine, check_load, run_load
from concur.load.plan import LATENCY_QUANTILES, Load

MS = 1_000_000


def test_window_counts_agree_with_each_other(kind: str, start_faulty: Callable[..., Any]) -> None:
    load = Load(port=start_faulty().port, connections=4, payload_bytes=64, slice_ns=30 * MS)
    with Engine(load, kind=kind) as engine:
        engine.start()
        warm = list(islice(engine.slices(), 3))
        opened_ns = engine.open_window(200 * MS)
        result = engine.close_window()
    assert (result.engine, result.opened_ns, result.window_ns) == (kind, opened_ns, 200 * MS)
    assert [late.at_ns - early.at_ns for early, late in pairwise(warm)] == [30 * MS, 30 * MS]
    assert [piece.at_ns for piece in result.slices] == [opened_ns + i * 30 * MS for i in range(7)]
    assert sum(piece.verified for piece in result.slices) == result.verified > 0
    assert sum(count for _, count in result.histogram) == result.verified
    assert result.latency_ns.keys() == LATENCY_QUANTILES.keys()
    assert result.latency_ns["max"] == result.histogram[-1][0]
    assert result.rate_per_s == pytest.approx(result.verified / 0.2)
    assert abs(result.sent - result.verified) <= 4
    assert 0.25 <= result.fairness <= 1
    assert result.engine_cpu_ns > 0
    assert (result.offered_per_s, result.on_time, result.backlog, result.send_lag_ns) == (None, None, 0, {})


def test_load_goes_on_between_windows_and_totals_hold_both(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty()
    with Engine(Load(port=server.port, connections=2, payload_bytes=64), kind=kind) as engine:
        engine.start()
        windows = []
        for _ in range(2):
            engine.open_window(50 * MS)
            windows.append(engine.close_window())
        next(engine.slices())
        engine.finish()
    assert windows[1].opened_ns >= windows[0].opened_ns + 50 * MS
    totals = engine.totals()
    assert totals.verified == totals.sent == server.log()["messages"]
    assert totals.verified > windows[0].verified + windows[1].verified > 0


@pytest.mark.parametrize("options", [{}, {"lines": True}, {"pipeline": 5}, {"pipeline": 3, "lines": True}])
@pytest.mark.parametrize("payload_bytes", [1, 2, 1024, 65_521, 300_001])
def test_every_size_and_depth_returns_verified(
    kind: str, start_faulty: Callable[..., Any], payload_bytes: int, options: dict[str, Any]
) -> None:
    server = start_faulty(payload_bytes=payload_bytes)
    load = Load(port=server.port, connections=2, payload_bytes=payload_bytes, messages=31, **options)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.exhaust()
    totals = engine.totals()
    assert (totals.sent, totals.verified, totals.wrong, totals.lost) == (31, 31, 0, 0)


def test_churn_makes_a_connection_for_every_message(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty()
    load = Load(port=server.port, connections=1, payload_bytes=64, churn=True, messages=25)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.exhaust()
    assert engine.totals().verified == 25
    assert engine.totals().connect_ns.keys() == LATENCY_QUANTILES.keys()
    log = server.log()
    assert (log["accepted"], log["messages"]) == (25, 25)


def test_idle_connections_are_held_and_silent(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty()
    load = Load(port=server.port, connections=2, idle=30, payload_bytes=64, messages=10)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.exhaust()
        held = psutil.Process(engine.pid).net_connections("tcp")
        assert sum(connection.status == "ESTABLISHED" for connection in held) == 32
    assert engine.totals().verified == 10
    assert server.log()["messages"] == 10
    assert engine.totals().connect_ns == {}


def test_thinking_holds_the_next_message_back(kind: str, start_faulty: Callable[..., Any]) -> None:
    load = Load(port=start_faulty().port, connections=3, payload_bytes=64, think_ns=3_600_000 * MS)
    with Engine(load, kind=kind) as engine:
        engine.start()
        while engine.open_window(100 * MS) and engine.close_window().verified:
            pass
    assert engine.totals().sent == 3


def test_thinking_ends(kind: str, start_faulty: Callable[..., Any]) -> None:
    load = Load(port=start_faulty().port, connections=3, payload_bytes=64, think_ns=1 * MS, pipeline=2, messages=50)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.exhaust()
    assert engine.totals().verified == 50


# ---- open loop


@pytest.mark.parametrize("poisson", [False, True])
def test_open_loop_sends_what_is_due(kind: str, start_faulty: Callable[..., Any], poisson: bool) -> None:
    server = start_faulty()
    load = Load(port=server.port, connections=3, payload_bytes=64, rate_per_s=500.0, poisson=poisson, messages=100)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.exhaust()
    totals = engine.totals()
    assert (totals.sent, totals.verified, totals.lost) == (100, 100, 0)
    assert totals.offered_per_s == pytest.approx(100 / totals.window_ns * 1e9)
    assert totals.on_time is not None
    assert 0 <= totals.on_time <= 1
    assert totals.send_lag_ns.keys() == LATENCY_QUANTILES.keys()
    assert server.log()["messages"] == 100


def test_window_owns_what_was_due_in_it(kind: str, start_faulty: Callable[..., Any]) -> None:
    load = Load(port=start_faulty().port, connections=3, payload_bytes=64, rate_per_s=1000.0, ramp_ns=50 * MS)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.open_window(150 * MS)
        result = engine.close_window()
    assert result.opened_ns >= engine.totals().opened_ns + 50 * MS  # not before the ramp's end
    assert result.offered_per_s is not None
    assert abs(result.offered_per_s * 0.15 - 150) < 1.5


def test_engine_that_was_held_up_says_so_and_counts_each_message_once(
    kind: str, start_faulty: Callable[..., Any]
) -> None:
    """It is stopped over the end of its window, so that much is due there and not sent."""
    load = Load(port=start_faulty().port, connections=3, payload_bytes=64, rate_per_s=2000.0)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.open_window(400 * MS)
        os.kill(engine.pid, signal.SIGSTOP)
        time.sleep(0.6)
        os.kill(engine.pid, signal.SIGCONT)
        held_up = engine.close_window()
        engine.open_window(100 * MS)
        after = engine.close_window()
    assert held_up.offered_per_s is not None
    assert after.offered_per_s is not None
    assert held_up.on_time is not None
    assert abs(held_up.offered_per_s * 0.4 - 800) < 1.5
    assert abs(after.offered_per_s * 0.1 - 200) < 1.5
    assert held_up.on_time < 0.9
    assert held_up.backlog > 0
    totals = engine.totals()
    assert totals.offered_per_s is not None
    assert round(totals.offered_per_s * totals.window_ns / 1e9) == totals.sent == totals.verified


def test_silent_server_leaves_a_backlog(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty(accept=False)
    with Engine(Load(port=server.port, connections=2, payload_bytes=64, rate_per_s=1000.0), kind=kind) as engine:
        engine.start()
        engine.open_window(100 * MS)
        result = engine.close_window()
        server.process.kill()
    assert result.verified == 0
    assert result.backlog >= 100
    assert result.latency_ns == {}


def test_due_messages_without_a_connection_are_lost(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty(accept=False)
    options: dict[str, Any] = {"rate_per_s": 200.0, "messages": 60, "timeout_ns": 100 * MS}
    with Engine(Load(port=server.port, connections=2, payload_bytes=64, **options), kind=kind) as engine:
        engine.start()
        engine.exhaust()
    totals = engine.totals()
    assert totals.timed_out > 0
    assert (totals.verified, totals.lost + totals.timed_out) == (0, 60)


def test_server_that_does_not_read_is_the_servers_fault(kind: str, start_faulty: Callable[..., Any]) -> None:
    """The kernel's buffers fill; what is due is kept and counts as sent."""
    server = start_faulty(accept=False)
    load = Load(port=server.port, connections=1, payload_bytes=1 << 20, rate_per_s=200.0)
    with Engine(load, kind=kind) as engine:
        engine.start()
        engine.open_window(200 * MS)
        result = engine.close_window()
        server.process.kill()
    assert result.verified == 0
    assert result.sent == pytest.approx(40, abs=1)
    assert result.backlog >= 39


# ---- what goes wrong


def test_refused_is_said(kind: str, closed_port: int) -> None:
    with pytest.raises(LoadError, match=rf"could not make 50 connections to 127\.0\.0\.1:{closed_port}: refused"):
        Engine(Load(port=closed_port), kind=kind).__enter__()


def test_unknown_host_is_said(kind: str) -> None:
    with pytest.raises(LoadError, match=r"host no\.such\.host\.invalid is not known"):
        Engine(Load(host="no.such.host.invalid", port=1), kind=kind).__enter__()


@pytest.mark.parametrize("rate_per_s", [None, 500.0])
def test_window_closes_though_the_server_dies(
    kind: str, start_faulty: Callable[..., Any], rate_per_s: float | None
) -> None:
    server = start_faulty()
    with Engine(Load(port=server.port, connections=3, payload_bytes=64, rate_per_s=rate_per_s), kind=kind) as engine:
        engine.start()
        next(engine.slices())
        server.process.kill()
        server.process.wait()
        engine.open_window(150 * MS)
        first = engine.close_window()
        engine.open_window(150 * MS)
        second = engine.close_window()
    assert first.refused > 0
    assert second.refused > 0
    assert second.verified == second.sent == 0
    assert second.engine_cpu_ns < 100 * MS  # it does not spin
    assert (second.lost > 0) == (rate_per_s is not None)


def test_dead_engine_is_said_and_reaped(kind: str, start_faulty: Callable[..., Any]) -> None:
    engine = Engine(Load(port=start_faulty().port, payload_bytes=64), kind=kind)

    def die() -> None:
        with engine:
            engine.start()
            os.kill(engine.pid, signal.SIGKILL)
            next(islice(engine.slices(), 1000, None))

    with pytest.raises(LoadError, match="died: killed by signal 9"):
        die()
    assert not psutil.pid_exists(engine.pid)


def test_failing_engine_is_quoted(start_faulty: Callable[..., Any]) -> None:
    engine = Engine(Load(port=start_faulty().port), kind="python")
    engine.command = [sys.executable, "-c", "raise SystemExit('a reason')"]
    with pytest.raises(LoadError, match="status 1: a reason"):
        engine.__enter__()


def test_too_few_descriptors_names_the_number(kind: str) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with pytest.raises(LoadError, match=f"they need {hard + 16} descriptors and the limit is {hard}"):
        Engine(Load(port=1, connections=hard), kind=kind).__enter__()


def test_error_inside_leaves_no_process(kind: str, start_faulty: Callable[..., Any]) -> None:
    engine = Engine(Load(port=start_faulty().port, payload_bytes=64), kind=kind)

    def fail() -> None:
        with engine:
            engine.start()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not psutil.pid_exists(engine.pid)
    with pytest.raises(LoadError, match="does not run"):
        engine.start()


def test_out_of_order_is_refused(kind: str, start_faulty: Callable[..., Any]) -> None:
    with (
        pytest.raises(LoadError, match="cannot do that now: open"),
        Engine(Load(port=start_faulty().port), kind=kind) as engine,
    ):
        engine.open_window(MS)


def test_totals_are_not_there_before_the_end(kind: str, start_faulty: Callable[..., Any]) -> None:
    with Engine(Load(port=start_faulty().port), kind=kind) as engine, pytest.raises(LoadError, match="not finished"):
        engine.totals()
    assert engine.totals().sent == 0


@pytest.mark.parametrize(
    "options",
    [
        {"connections": 0},
        {"port": 0},
        {"payload_bytes": 0},
        {"rate_per_s": 0.0},
        {"rate_per_s": 1e-10},  # its second message would be due after the clock's last nanosecond
        {"rate_per_s": 1e9},
        {"pipeline": 0},
        {"rate_per_s": 10.0, "churn": True},
        {"churn": True, "pipeline": 2},
        {"seed": -1},
        {"slice_ns": 0},
    ],
)
def test_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        check_load(Load(**({"port": 80} | options)))


# ---- which engine, and where


def test_without_a_compiler_the_python_engine_runs_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.delenv("CONCUR_ENGINE", raising=False)
    engine = Engine(Load(port=1))
    assert engine.kind == "python"
    assert "no-such-compiler" in engine.warning
    with pytest.raises(MachineError):
        Engine(Load(port=1), kind="native")


def test_environment_names_the_engine_and_an_argument_overrides_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_ENGINE", "python" if kind == "native" else "native")
    assert Engine(Load(port=1), kind=kind).kind == kind
    monkeypatch.setenv("CONCUR_ENGINE", kind)
    assert Engine(Load(port=1)).kind == kind
    monkeypatch.setenv("CONCUR_ENGINE", "pithon")
    with pytest.raises(UsageError, match="Did you mean python"):
        Engine(Load(port=1))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs CPU affinity")
def test_engine_runs_where_it_was_put(kind: str, start_faulty: Callable[..., Any]) -> None:
    cpu = max(os.sched_getaffinity(0))
    with Engine(Load(port=start_faulty().port), kind=kind, cpus={cpu}) as engine:
        assert os.sched_getaffinity(engine.pid) == {cpu}
    with pytest.raises(MachineError, match="cannot be pinned"):
        Engine(Load(port=1), kind=kind, cpus={100_000}).__enter__()


def test_select_in_place_of_epoll_counts_the_same(
    start_faulty: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCUR_POLLER", "select")
    server = start_faulty(faults={"10": "alter", "20": "reset"})
    with Engine(Load(port=server.port, connections=3, payload_bytes=64, messages=50), kind="python") as engine:
        engine.start()
        engine.exhaust()
    assert (engine.totals().verified, engine.totals().wrong, engine.totals().reset) == (48, 1, 1)


def test_run_load_measures_after_the_warm_up(kind: str, start_faulty: Callable[..., Any]) -> None:
    load = Load(port=start_faulty().port, connections=2, payload_bytes=64, slice_ns=20 * MS)
    result = run_load(load, warmup_s=0.1, duration_s=0.1, kind=kind)
    assert result.window_ns == 100 * MS
    assert result.verified > 0
    assert len(result.slices) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address unless told otherwise")
def test_churn_connects_from_many_addresses_of_the_loopback(kind: str) -> None:
    sources: set[str] = set()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        load = Load(port=listener.getsockname()[1], connections=1, payload_bytes=8, churn=True, messages=10)
        echoing = pool.submit(echo_connections, listener, 10, sources)
        with Engine(load, kind=kind) as engine:
            engine.start()
            engine.exhaust()
            echoing.result()
    assert sources == {f"127.0.0.{number}" for number in range(2, 12)}


def echo_connections(listener: socket.socket, count: int, sources: set[str]) -> None:
    for _ in range(count):
        connection, (host, _) = listener.accept()
        sources.add(host)
        with connection:
            while data := connection.recv(100):
                connection.sendall(data)
