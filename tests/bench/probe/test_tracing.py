"""What counts system calls here: which source is taken, forced, forbidden."""

import pytest

from concur.bench.probe import perf_stat, strace, tracing
from concur.errors import MachineError, UsageError


@pytest.fixture(autouse=True)
def unforced(monkeypatch):
    monkeypatch.delenv("CONCUR_TRACER", raising=False)


@pytest.fixture
def allow(monkeypatch):
    """Say which of the sources may be used."""

    def choose(*allowed: str) -> None:
        for module in (perf_stat, strace):
            name = module.__name__.rpartition(".")[2].removesuffix("_stat")
            reason = "" if name in allowed else f"{name} is forbidden"
            monkeypatch.setattr(module, "refusal", lambda reason=reason: reason)

    return choose


@pytest.mark.parametrize(
    ("allowed", "expected"), [(("perf", "strace"), "perf"), (("perf",), "perf"), (("strace",), "strace")]
)
def test_the_first_that_may_be_used_is_taken(allow, allowed, expected):
    allow(*allowed)
    assert tracing.available() == expected


def test_where_all_are_forbidden_each_says_why(allow):
    allow()
    with pytest.raises(MachineError, match="perf is forbidden; strace is forbidden"):
        tracing.available()


def test_each_can_be_forced(allow, monkeypatch):
    allow("perf", "strace")
    monkeypatch.setenv("CONCUR_TRACER", "strace")
    assert tracing.available() == "strace"
    assert tracing.available("perf") == "perf"
    monkeypatch.setenv("CONCUR_TRACER", "none")
    with pytest.raises(MachineError, match="CONCUR_TRACER is none"):
        tracing.available()


def test_one_that_is_forced_has_no_substitute(allow):
    allow("strace")
    with pytest.raises(MachineError, match="perf is forbidden"):
        tracing.available("perf")


def test_an_unknown_one_is_a_mistake():
    with pytest.raises(UsageError, match=r"unknown tracer 'dtrace'.*strace"):
        tracing.available("dtrace")


def test_the_rest_of_the_calls_is_other():
    assert tracing.with_other(10, {"futex": 6, "read": 0, "close": 1}) == {"futex": 6, "close": 1, "other": 3}


def test_names_that_add_up_to_more_than_the_total_leave_no_rest():
    assert tracing.with_other(10, {"futex": 6, "read": 5}) == {"futex": 6, "read": 5}


def test_many_threads_get_fewer_counters():
    few, all_of_them = (tracing.tracer("perf", lambda: [1], threads) for threads in (5000, 50))
    assert isinstance(few, perf_stat.PerfStat)
    assert isinstance(all_of_them, perf_stat.PerfStat)
    if tracing.tracefs():
        assert len(few._events) < len(all_of_them._events)
    assert set(tracing.FEW_NAMES) < set(tracing.NAMES)


def test_without_tracefs_no_call_is_known_by_name(monkeypatch):
    monkeypatch.setattr(tracing, "tracefs", lambda: None)
    assert tracing.known_to_kernel(tracing.NAMES) == []
