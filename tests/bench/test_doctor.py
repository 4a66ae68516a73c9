"""What the doctor finds here, and what it would find elsewhere."""

import resource
import shutil
from typing import Any

import msgspec
import pytest

from concur.bench import cgroup, doctor
from concur.bench.disturbances import Noise
from concur.bench.doctor import Finding
from concur.bench.power import Power

QUIET = Noise(
    cpus=4,
    used_share=0.01,
    stolen_share=0.0,
    pressure_percent=0.2,
    quota=None,
    power=Power(governor="performance", profile="balanced"),
    descriptors=65_536,
    swapped_bytes=0,
    memory_free_share=0.7,
)


def test_every_topic_has_a_finding_and_what_does_not_suffice_a_remedy() -> None:
    found = doctor.diagnose()
    topics = [finding.topic for finding in found]
    assert topics[:5] == ["cores", "placement", "counters", "run-queue delay", "system calls"]
    assert {
        "profiles",
        "descriptors",
        "compiler",
        "ephemeral ports",
        "clock",
        "noise now",
        "CPU limit",
        "hyperthreads",
        "CPU speed",
    } <= set(topics)
    for finding in found:
        assert finding.value
        assert (finding.verdict == "ok") == (not finding.remedy)


def test_without_a_compiler_the_python_engine_is_the_remedy_s_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = {finding.topic: finding for finding in doctor.diagnose()}
    for topic in ("compiler", "system calls", "profiles"):
        assert found[topic].verdict == "missing"
    assert "Python engine" in found["compiler"].remedy


def test_without_a_cgroup_counters_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "hierarchies", list)
    found = {finding.topic: finding for finding in doctor.diagnose()}
    assert found["counters"].verdict == "limited"
    assert "Delegate" in found["counters"].remedy


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ((1_024, 524_288), "ok"),
        ((1_024, 4_096), "limited"),
        ((1_024, resource.RLIM_INFINITY), "ok"),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), "ok"),
    ],
)
def test_few_descriptors_are_no_limit_where_they_may_be_raised(limits: tuple[int, int], verdict: Any) -> None:
    found = doctor._descriptors(limits)
    assert found.verdict == verdict
    assert ("ulimit -Hn 12000" in found.remedy) == (verdict == "limited")


def test_few_ports_and_a_coarse_clock_are_limits() -> None:
    assert doctor._ports([40_000, 49_999]).verdict == "limited"
    assert doctor._clock(4_000_000).verdict == "limited"
    assert doctor._clock(doctor.COARSE_CLOCK_NS).verdict == "ok"


def test_a_warning_becomes_a_finding_of_its_topic_and_its_remedy() -> None:
    bad = msgspec.structs.replace(QUIET, swapped_bytes=1, power=Power(on_battery=True), quota=1.5)
    found = {one.topic: one for one in doctor._now(bad)}
    assert found["noise now"] == Finding(
        topic="noise now", value="The machine is swapping", verdict="limited", remedy="end what uses the memory."
    )
    assert found["CPU speed"].remedy == "plug it in."
    assert found["CPU limit"].verdict == "limited"


def test_a_quiet_machine_is_told_as_it_is() -> None:
    found = {one.topic: one for one in doctor._now(QUIET)}
    assert {one.verdict for one in found.values()} == {"ok"}
    assert found["noise now"].value == "quiet"
    assert found["CPU limit"].value == "none"
    assert found["CPU speed"].value == "governor performance, profile balanced"


def test_a_boost_is_told_with_what_turns_it_off() -> None:
    boosted = msgspec.structs.replace(QUIET, power=Power(may_boost=True))
    found = {one.topic: one for one in doctor._now(boosted)}
    assert found["CPU boost"].verdict == "limited"
    assert "no_turbo" in found["CPU boost"].remedy


def test_hyperthreads_are_counted() -> None:
    assert doctor._hyperthreads([{0, 2}, {1, 3}]).startswith("2 cores have several")
