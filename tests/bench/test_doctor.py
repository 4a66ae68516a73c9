"""What the doctor finds here, and what it would find elsewhere."""

import resource
import shutil
from typing import Any

import pytest

from concur.bench import cgroup, doctor
from concur.bench.doctor import Finding


def test_every_topic_has_a_finding_and_what_does_not_suffice_a_remedy() -> None:
    found = doctor.diagnose()
    topics = [finding.topic for finding in found]
    assert topics[:5] == ["cores", "placement", "counters", "run-queue delay", "system calls"]
    assert {"profiles", "descriptors", "compiler", "ephemeral ports", "clock", "noise now"} <= set(topics)
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
    ("limits", "verdict", "remedy"),
    [
        ((1_024, 524_288), "limited", "ulimit -n 12000"),
        ((1_024, 1_024), "limited", "Raise nofile in /etc/security/limits.conf."),
        ((1_024, resource.RLIM_INFINITY), "limited", "ulimit -n 12000"),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), "ok", ""),
    ],
)
def test_few_descriptors_are_raised_as_far_as_allowed(limits: tuple[int, int], verdict: Any, remedy: str) -> None:
    found = doctor._descriptors(limits)
    assert (found.verdict, found.remedy) == (verdict, remedy)


def test_few_ports_and_a_coarse_clock_are_limits() -> None:
    assert doctor._ports([40_000, 49_999]).verdict == "limited"
    assert doctor._clock(4_000_000).verdict == "limited"
    assert doctor._clock(doctor.COARSE_CLOCK_NS).verdict == "ok"


def test_a_warning_becomes_a_finding_and_its_remedy() -> None:
    assert doctor._noise(["The machine is swapping: end what uses the memory."]) == [
        Finding(
            topic="noise now", value="The machine is swapping", verdict="limited", remedy="end what uses the memory."
        )
    ]
