"""What is said of a machine, and which findings are worth a warning."""

import json
import os
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench import machine
from concur.bench.machine import CpuTimes, Noise, judge, stolen, used

QUIET = Noise(
    cpus=4,
    used_share=0.01,
    stolen_share=0.0,
    pressure_percent=0.2,
    governor="performance",
    quota=None,
    descriptors=65_536,
    swapped_bytes=0,
    memory_free_share=0.7,
)


def test_the_description_is_json_and_knows_this_process_s_cpus() -> None:
    described = json.loads(json.dumps(machine.describe()))
    assert described["usable_cpus"] == sorted(os.sched_getaffinity(0))
    assert described["kernel"] == os.uname().release
    assert described["descriptors_soft"] <= described["descriptors_hard"]
    assert described["memory_bytes"] > 2**20


def test_a_quiet_machine_is_not_warned_of() -> None:
    assert judge(QUIET) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"used_share": 0.5}, "Other work uses 2.0 of 4 CPUs"),
        ({"pressure_percent": 30.0}, "Tasks waited for a CPU in 30 %"),
        ({"stolen_share": 0.05}, "gives 5% of the CPU time to other guests"),
        ({"governor": "powersave"}, "governor powersave"),
        ({"quota": 1.5}, "more than 1.5 of 4 CPUs"),
        ({"descriptors": 1_024}, "only 1024 descriptors"),
        ({"swapped_bytes": 4_096}, "is swapping"),
        ({"memory_free_share": 0.02}, "Only 2% of the memory is free"),
    ],
)
def test_each_disturbance_is_one_sentence_with_a_remedy(change: dict[str, Any], said: str) -> None:
    (sentence,) = judge(msgspec.structs.replace(QUIET, **change))
    assert said in sentence
    what, _, remedy = sentence.partition(": ")
    assert what
    assert remedy.endswith(".")


def test_no_limit_of_descriptors_is_not_a_low_one() -> None:
    assert judge(msgspec.structs.replace(QUIET, descriptors=-1)) == []


def test_a_look_at_this_machine_finds_shares() -> None:
    noise = machine.listen(0.02)
    assert 0 <= noise.used_share <= 1
    assert 0 <= noise.stolen_share <= 1
    assert 0 < noise.memory_free_share <= 1


def test_steal_is_the_share_of_all_cpu_time_in_between() -> None:
    before, after = CpuTimes(100.0, 50.0, 2.0), CpuTimes(110.0, 56.0, 3.0)
    assert stolen(before, after) == pytest.approx(0.1)
    assert used(before, after) == pytest.approx(0.6)
    assert stolen(before, before) == 0.0


@given(*[st.floats(0, 1e9)] * 6)
def test_a_share_is_between_none_and_all(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    assert 0 <= stolen(CpuTimes(a, b, c), CpuTimes(d, e, f)) <= 1


def test_pressure_is_that_of_some_task_over_ten_seconds() -> None:
    text = "some avg10=3.25 avg60=0.44 avg300=0.85 total=9690733\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=0"
    assert machine.pressure_percent(text) == 3.25
    assert machine.pressure_percent(None) is None
