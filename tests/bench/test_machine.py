"""What is said of a machine, and what a look at it finds."""

import json
import os
import resource
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench import machine, power, quota
from concur.bench.disturbances import judge
from concur.bench.machine import CpuTimes, shared_core, stolen, used
from concur.bench.placement import arrange
from concur.bench.quota import Quota


def test_the_description_is_json_and_knows_this_process_s_cpus() -> None:
    described = json.loads(json.dumps(machine.describe()))
    assert described["usable_cpus"] == sorted(os.sched_getaffinity(0))
    assert described["kernel"] == os.uname().release
    assert described["descriptors_soft"] <= described["descriptors_hard"]
    assert described["memory_bytes"] > 2**20
    assert set(described["power"]) == {"governor", "preference", "may_boost", "profile", "on_battery"}


def test_a_look_at_this_machine_finds_shares() -> None:
    noise = machine.listen(0.02)
    assert 0 <= noise.used_share <= 1
    assert 0 <= noise.stolen_share <= 1
    assert 0 < noise.memory_free_share <= 1


def test_steal_is_the_share_of_all_cpu_time_in_between() -> None:
    before, after = CpuTimes(48.0, 50.0, 2.0), CpuTimes(51.0, 56.0, 3.0)
    assert stolen(before, after) == pytest.approx(0.1)
    assert used(before, after) == pytest.approx(0.6)
    assert stolen(before, before) == 0.0


times = st.builds(CpuTimes, *[st.floats(0, 1e9)] * 3)


@given(times, times)
def test_a_share_is_between_none_and_all(before: CpuTimes, after: CpuTimes) -> None:
    assert 0 <= stolen(before, after) <= 1
    assert 0 <= used(before, after) <= 1


def test_a_counter_that_runs_backwards_takes_nothing_from_the_others() -> None:
    before = CpuTimes(100.0, 50.0, 500.0)
    steal_back, idle_back = CpuTimes(101.0, 51.0, 3.0), CpuTimes(40.0, 51.0, 501.0)
    assert (stolen(before, steal_back), used(before, steal_back)) == (0.0, 0.5)
    assert (stolen(before, idle_back), used(before, idle_back)) == (0.5, 0.5)


def test_guests_are_not_counted_twice_even_where_their_counter_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(**changed: float) -> Any:
        named = {"user": 50.0, "idle": 100.0, "steal": 1.0, "guest": 40.0, "guest_nice": 0.0} | changed
        return type("Times", (), {"_asdict": lambda self: named})()

    readings = iter([reading(), reading(user=51.0, idle=101.0, guest=0.0)])
    monkeypatch.setattr(psutil, "cpu_times", lambda: next(readings))
    assert used(machine.cpu_times(), machine.cpu_times()) == 0.5


def test_what_grew_before_the_look_is_not_of_now_and_what_fell_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quotas, heat = iter([Quota(1.5, 900), Quota(1.5, 100)]), iter([7, 7])
    monkeypatch.setattr(quota, "read", lambda: next(quotas))
    monkeypatch.setattr(power, "too_hot", lambda: next(heat))
    monkeypatch.setattr(psutil, "cpu_count", lambda: 1)
    noise = machine.listen(0.0)
    assert (noise.quota, noise.too_hot) == (1.5, 0)
    assert noise.stopped_ns < 0
    assert not [each for each in judge(noise) if "stopped for" in each]


def test_target_and_engine_share_a_core_where_there_is_but_one() -> None:
    one_core, two_cores = [{0, 1}], [{0, 2}, {1, 3}]
    assert shared_core(arrange("pinned", 1, (0, 1), siblings=one_core), one_core) == (0, 1)
    assert shared_core(arrange("pinned", 1, (0, 1, 2, 3), siblings=two_cores), two_cores) == ()
    assert shared_core(arrange("pinned", 1, (0,), siblings=[]), []) == ()


def test_pressure_is_that_of_some_task_over_ten_seconds() -> None:
    text = "some avg10=3.25 avg60=0.44 avg300=0.85 total=9690733\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=0"
    assert machine.pressure_percent(text) == 3.25
    assert machine.pressure_percent(None) is None


def test_the_connections_of_a_run_decide_how_many_descriptors_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (64, 5_000)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    assert not [each for each in machine.warnings_before_start() if "descriptors" in each]
    assert [each for each in machine.warnings_before_start(5_050) if "only 5000 descriptors" in each]
