"""Which findings about a machine are worth a warning, and what is to be done."""

from typing import Any

import msgspec
import pytest

from concur.bench.disturbances import RULES, Noise, by_topic, judge
from concur.bench.power import Power

QUIET = Noise(
    cpus=4,
    used_share=0.01,
    stolen_share=0.0,
    pressure_percent=0.2,
    quota=None,
    power=Power(governor="performance", on_battery=False, profile="balanced"),
    descriptors=65_536,
    swapped_bytes=0,
    memory_free_share=0.7,
)


def test_a_quiet_machine_is_not_warned_of() -> None:
    assert judge(QUIET) == []
    assert judge(QUIET, connections=5_050) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"used_share": 0.5}, "Other work uses 2.0 of 4 CPUs"),
        ({"pressure_percent": 30.0}, "Tasks waited for a CPU in 30 %"),
        ({"stolen_share": 0.05}, "gives 5% of the CPU time to other guests"),
        ({"quota": 1.5}, "more than 1.5 of 4 CPUs"),
        ({"quota": 1.5, "stopped_ns": 40_000_000}, "stopped for 40 ms just now"),
        ({"too_hot": 3}, "too hot"),
        ({"shared_core": (0, 2)}, "share one core, as CPUs 0 and 2 are its hyperthreads"),
        ({"power": Power(governor="powersave")}, "governor powersave)"),
        ({"power": Power(governor="schedutil")}, "governor schedutil)"),
        ({"power": Power(governor="powersave", preference="balance_power")}, "preference balance_power)"),
        ({"power": Power(profile="low-power")}, "profile low-power"),
        ({"power": Power(on_battery=True)}, "on its battery"),
        ({"descriptors": 1_024}, "only 1024 descriptors, too few for many connections"),
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


@pytest.mark.parametrize(
    "change",
    [
        {"descriptors": -1},  # no limit
        {"quota": 4.0},
        {"stopped_ns": -1_000, "too_hot": -1, "swapped_bytes": -1},  # counters that ran backwards
        {"power": Power(governor="powersave", preference="performance")},  # the CPU's own governor, told to be fast
        {"power": Power(may_boost=True)},  # no reason not to start
        {"power": Power()},
    ],
)
def test_what_is_no_disturbance_is_not_told(change: dict[str, Any]) -> None:
    assert judge(msgspec.structs.replace(QUIET, **change), connections=5_050) == []


def test_descriptors_are_few_when_the_run_has_more_connections() -> None:
    few = msgspec.structs.replace(QUIET, descriptors=5_000)
    assert judge(few) == []
    assert judge(few, connections=1_000) == []
    (sentence,) = judge(few, connections=5_050)
    assert sentence.endswith("too few for 5050 connections: as root, ulimit -Hn 5150.")


def test_each_sentence_belongs_to_a_topic() -> None:
    bad = msgspec.structs.replace(QUIET, used_share=0.9, quota=1.0, power=Power(on_battery=True), shared_core=(0, 1))
    assert {topic: len(sentences) for topic, sentences in by_topic(bad).items()} == dict.fromkeys(RULES, 1)
