"""Switches that only the crawler itself can count."""

import os

import psutil
import pytest

from concur.bench.counters import Counters
from concur.bench.crawls import own_counts
from concur.bench.crawls.own_counts import Switches
from concur.errors import TargetError

WINDOW = Counters(at_ns=1, user_ns=1, system_ns=1, voluntary_switches=5, involuntary_switches=1, run_delay_ns=70)
USAGE = {"voluntary_switches": 900, "involuntary_switches": 40}


def test_the_crawlers_own_switches_count_from_its_beginning():
    counted, lacks = own_counts.completed(WINDOW, [], Switches(100, 10), USAGE)
    assert (counted.voluntary_switches, counted.involuntary_switches) == (800, 30)
    assert (counted.run_delay_ns, lacks) == (70, [])


def test_the_delay_of_threads_that_ended_is_not_told_by_those_that_are_left():
    said = "switches and run-queue delay of threads that ended (98% of the CPU was theirs)"
    counted, lacks = own_counts.completed(WINDOW, [said, "a cgroup (no)"], Switches(0, 0), USAGE)
    assert counted.run_delay_ns is None
    assert lacks == ["run-queue delay of threads that ended", "a cgroup (no)"]


def test_without_a_report_all_is_as_it_was_seen():
    assert own_counts.completed(WINDOW, ["a"], Switches(0, 0), {}) == (WINDOW, ["a"])


def test_who_has_ended_has_no_beginning(monkeypatch):
    assert own_counts.at_the_start(os.getpid()).voluntary >= 0

    def gone(pid: int) -> None:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(psutil, "Process", gone)
    with pytest.raises(TargetError, match="ended before its crawl"):
        own_counts.at_the_start(1)
