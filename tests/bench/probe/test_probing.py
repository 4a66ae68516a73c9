"""Probes of real targets: what they find, and what they say that they did not."""

import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from concur.bench import target as targets
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.probe import gil_takes, perf_stat, probing, strace, waiting
from concur.bench.probe.probing import can_be_asked, probe
from concur.bench.results import Probe
from concur.bench.scenarios import Scenario, scenario
from concur.errors import LoadError, MachineError, TargetError, UsageError
from concur.interpreters.find import current
from concur.load.plan import LoadResult

SERVERS = Path(__file__).parents[1] / "servers"
FREE = Placement(name="free", target=None, engine=None, allotted=1)
NO_PERF, NO_STRACE = perf_stat.refusal(), strace.refusal()

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("CONCUR_TRACER", "none")


def model(name: str, topology: str = "1") -> Target:
    return Target(kind="model", name=name, interpreter=current(), topology=topology)


def own(name: str) -> Target:
    return Target(kind="own", name=str(SERVERS / f"{name}.py"), interpreter=current())


def find(target: Target, **changes: object) -> Probe:
    load = msgspec.structs.replace(scenario("small"), **({"connections": 4} | changes))
    return probe(target, load, FREE, Plan(targets=[target], scenarios=[load], duration_s=0.4, warmup_s=0.1))


@pytest.mark.skipif(bool(NO_PERF), reason=NO_PERF)
def test_an_event_loop_makes_one_call_to_read_and_one_to_write_for_a_message(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "perf")
    found = find(model("callbacks"))
    calls = found.system_calls
    assert calls["recvfrom"] == pytest.approx(calls["sendto"], rel=0.05)
    assert 0.5 < calls["recvfrom"] < 2  # the load is cut where the counting begins and ends
    assert found.system_call_source == "perf"
    assert found.switches is not None
    assert found.page_faults is not None
    assert found.looks > 0
    assert found.verified > 0
    assert not [child for child in psutil.Process().children() if child.name() == "perf"]


@pytest.mark.skipif(bool(NO_STRACE), reason=NO_STRACE)
def test_where_only_strace_may_count_it_does(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "strace")
    found = find(model("callbacks"), connections=1)
    assert found.system_call_source == "strace"
    assert found.system_calls["recvfrom"] > 0.5
    assert (found.switches, found.page_faults, found.gil_takes) == (None, None, None)


def test_where_nothing_may_count_the_rest_is_found_and_the_reason_said():
    found = find(model("threads"))
    assert found.system_calls == {}
    assert found.system_call_source == ""
    assert any("CONCUR_TRACER is none" in clause for clause in found.missing)
    assert found.looks > 0
    assert sum(found.waiting.values()) == pytest.approx(5, abs=0.5)  # four connections and the one that accepts
    assert found.collections is not None
    assert found.collecting_share is not None


def test_the_thread_that_answers_is_not_among_those_that_wait():
    assert sum(find(model("callbacks")).waiting.values()) == pytest.approx(1, abs=0.01)


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="needs a GIL")
def test_threads_that_compute_wait_for_the_gil():
    found = find(model("threads"), cpu_units=50, payload_bytes=128)
    assert found.gil_source == "proc"
    assert found.waiting["gil"] > 0


@pytest.mark.parametrize("target", [model("processes"), model("callbacks", "2 processes")], ids=["model", "topology"])
def test_of_forked_children_the_collections_are_missing(target):
    found = find(target)
    assert found.collections is None
    assert any("it forks" in clause for clause in found.missing)


def test_several_workers_tell_their_shares():
    found = find(model("callbacks", "2 processes"))
    assert sum(found.shares) == 4 + 1  # and the smoke


def test_a_command_is_looked_at_and_not_asked():
    words = f"{sys.executable} {SERVERS / 'command_server.py'} {{port}}"
    target = Target(kind="command", name=words, interpreter=current())
    found = find(target, connections=1)
    assert not can_be_asked(target)
    assert any("only servers under our own contract" in clause for clause in found.missing)
    assert any("does not say whether it has" in clause for clause in found.missing)
    assert (found.gil_source, "gil" in found.waiting) == ("", False)


def test_where_looking_is_forbidden_the_reason_is_said(monkeypatch):
    def forbid(*_: object, **__: object) -> None:
        raise MachineError("where threads wait cannot be seen", why="Operation not permitted")

    monkeypatch.setattr(waiting, "Watch", forbid)
    found = find(model("callbacks"))
    assert (found.waiting, found.looks, found.gil_source) == ({}, 0, "")
    assert "where threads wait cannot be seen: Operation not permitted" in found.missing


@pytest.mark.skipif(bool(NO_PERF), reason=NO_PERF)
def test_a_probe_that_is_refused_costs_the_takes_of_the_gil_alone(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "perf")
    monkeypatch.setattr(gil_takes, "FUNCTION", "there_is_no_such_function")
    found = find(model("callbacks"))
    assert found.gil_takes is None
    assert found.system_calls
    assert any(clause.startswith("takes of the GIL: there can be no probe") for clause in found.missing)


@pytest.mark.skipif(bool(NO_PERF), reason=NO_PERF)
def test_a_tracer_that_dies_costs_its_counts_alone(monkeypatch):
    def die(*_: object) -> None:
        raise MachineError("perf ended too early", why="it did not say why")

    monkeypatch.setenv("CONCUR_TRACER", "perf")
    monkeypatch.setattr(perf_stat.PerfStat, "end", die)
    found = find(model("callbacks"))
    assert found.system_calls == {}
    assert "perf ended too early: it did not say why" in found.missing
    assert found.collections is not None


def test_an_unknown_tracer_is_a_mistake(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "dtrace")
    with pytest.raises(UsageError, match="unknown tracer"):
        find(model("callbacks"))
    assert not targets._running


@pytest.mark.parametrize(("name", "said"), [("lies", "answered wrongly"), ("dies", "status 3")])
def test_a_target_that_fails_fails_the_probe(name, said):
    with pytest.raises((TargetError, LoadError), match=said):
        find(own(name), connections=1)
    assert not targets._running


def test_no_reply_is_no_result():
    silent = LoadResult(
        engine="native", opened_ns=0, window_ns=1, sent=1, verified=0, wrong=0, lost=0, short=0, reset=0, timed_out=0,
        refused=0, rate_per_s=0.0, offered_per_s=None, on_time=None, backlog=0, latency_ns={}, histogram=[],
        connect_ns={}, send_lag_ns={}, fairness=0.0, engine_cpu_ns=0, slices=[],
    )  # fmt: skip
    with pytest.raises(TargetError, match="no reply came"):
        probing._check(silent)


def test_stuck_peers_are_there_for_a_probe_too():
    stuck = Scenario(name="stuck", shows="", connections=2, stuck_peers=1)
    target = model("threads")
    found = probe(target, stuck, FREE, Plan(targets=[target], scenarios=[stuck], duration_s=0.3, warmup_s=0.1))
    assert found.waiting["sendto"] >= 0.9
