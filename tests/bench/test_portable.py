"""The observer that psutil alone makes, against the kernel's account and its own list of what is missing."""

from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.portable import PortableObserver

TICKS_NS = 40_000_000  # user and system, own and children's, each cut off to 10 ms


@pytest.mark.parametrize("way", ["forking", "churning"])
def test_cpu_is_counted_to_within_the_ticks(way: str, start: Callable[..., Any]) -> None:
    burner = start(way)
    observer = PortableObserver(burner.pid)
    own, before = burner.edge(), observer.read()
    assert burner.ask("burn") == "done"
    used_ns = (burner.edge()["cpu_s"] - own["cpu_s"]) * 1e9
    assert observer.read().minus(before).cpu_ns == pytest.approx(used_ns, rel=0.03, abs=TICKS_NS)


def test_readings_while_children_come_and_go_never_run_backwards(start: Callable[..., Any]) -> None:
    burner = start("forking")
    observer = PortableObserver(burner.pid)
    burner.edge()
    burner.tell("burn")
    readings = [observer.read()]
    while not burner.has_answered(within_s=0.05):
        readings.append(observer.read())
    assert burner.answer() == "done"
    totals = [reading.cpu_ns for reading in readings]
    assert totals == sorted(totals)
    assert max(reading.processes or 0 for reading in readings) > 1


def test_what_psutil_does_not_tell_is_none_and_named(start: Callable[..., Any]) -> None:
    burner = start("forking")
    observer = PortableObserver(burner.pid)
    counted = observer.read()
    assert counted.voluntary_switches is counted.run_delay_ns is counted.minor_faults is None
    assert {"context switches", "run-queue delay", "page faults"} <= set(observer.missing)
    assert (observer.memory() or 0) > 1_000_000


def test_once_the_process_has_ended_the_last_totals_stand(start: Callable[..., Any]) -> None:
    burner = start("churning")
    observer = PortableObserver(burner.pid)
    burner.ask("burn")
    last = observer.read()
    burner.end()
    ended = observer.read()
    assert ended.cpu_ns == last.cpu_ns > 0
    assert (ended.threads, ended.processes) == (0, 0)
    observer.close()
