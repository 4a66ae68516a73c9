"""`observe` and `Counters`: the choice of an observer, and arithmetic on what it read."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from concur.bench import cgroup
from concur.bench.counters import OBSERVERS, Counters, observe, total
from concur.errors import MachineError, TargetError, UsageError


def test_a_window_is_growth_of_totals_and_levels_at_its_end() -> None:
    earlier = Counters(at_ns=100, user_ns=10, system_ns=5, minor_faults=3, threads=4, processes=1)
    later = Counters(at_ns=350, user_ns=40, system_ns=25, minor_faults=9, threads=2, processes=3, pss_bytes=77)
    window = later.minus(earlier)
    assert (window.at_ns, window.user_ns, window.system_ns, window.cpu_ns, window.minor_faults) == (250, 30, 20, 50, 6)
    assert (window.threads, window.processes, window.pss_bytes) == (2, 3, 77)


def test_what_one_reading_lacks_the_window_lacks() -> None:
    known = Counters(at_ns=0, user_ns=0, system_ns=0, run_delay_ns=5)
    unknown = Counters(at_ns=1, user_ns=0, system_ns=0)
    assert unknown.minus(known).run_delay_ns is None
    assert known.minus(unknown).run_delay_ns is None


def test_windows_together_have_the_sum_of_totals_and_the_last_levels() -> None:
    first = Counters(at_ns=100, user_ns=10, system_ns=5, minor_faults=3, threads=4, run_delay_ns=1)
    second = Counters(at_ns=250, user_ns=30, system_ns=20, minor_faults=6, threads=2)
    both = total([first, second])
    assert (both.at_ns, both.user_ns, both.system_ns, both.minor_faults) == (350, 40, 25, 9)
    assert (both.threads, both.run_delay_ns) == (2, None)


def test_busy_is_cpu_used_over_cpu_allotted() -> None:
    window = Counters(at_ns=1_000, user_ns=1_200, system_ns=300)
    assert window.busy(2) == 0.75
    assert Counters(at_ns=0, user_ns=0, system_ns=0).busy(1) == 0.0


def test_per_request_has_each_known_total_and_no_level() -> None:
    window = Counters(at_ns=9, user_ns=300, system_ns=100, voluntary_switches=50, threads=7, processes=1)
    assert window.per_request(100) == {"cpu_ns": 4.0, "user_ns": 3.0, "system_ns": 1.0, "voluntary_switches": 0.5}
    assert window.per_request(0) == {}


@pytest.mark.parametrize("kind", OBSERVERS)
def test_the_environment_forces_an_observer(kind: str, start: Callable[..., Any], monkeypatch: Any) -> None:
    if kind == "cgroup" and not can_make_cgroups():
        pytest.skip("no cgroup may be made here")
    monkeypatch.setenv("CONCUR_COUNTERS", kind)
    burner = start("churning")
    observer = observe(burner.pid)
    try:
        assert observer.source == kind
        counted = observer.read()
        assert (counted.threads, counted.processes) == (1, 1)
    finally:
        observer.close()


def test_an_unknown_kind_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match="Did you mean portable"):
        observe(os.getpid(), "portabel")


def test_without_cgroups_proc_counts_and_says_why(start: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("concur.bench.observers.hierarchies", list)
    monkeypatch.delenv("CONCUR_COUNTERS", raising=False)
    burner = start("churning")
    observer = observe(burner.pid)
    assert observer.source == "proc"
    assert "a cgroup (none is mounted that counts CPU)" in observer.missing
    with pytest.raises(MachineError, match="Delegate"):
        observe(burner.pid, "cgroup")


@pytest.mark.parametrize("kind", ["proc", "portable"])
def test_what_has_ended_cannot_be_observed(kind: str, start: Callable[..., Any]) -> None:
    burner = start("churning")
    burner.end()
    with pytest.raises(TargetError, match="has ended"):
        observe(burner.pid, kind)


def can_make_cgroups() -> bool:
    try:
        cgroup.Cgroup(cgroup.hierarchies()[0]).remove()
    except (OSError, IndexError):
        return False
    return True
