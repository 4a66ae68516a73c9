"""The observers against the kernel's own account of the same processes."""

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from concur.bench.cgroup import Cgroup, Hierarchy, hierarchies
from concur.bench.counters import Counters, Observer
from concur.bench.observers import CgroupObserver, ProcObserver

TOLERANCE = 0.03


def usable_hierarchies() -> list[Hierarchy]:
    found = []
    for hierarchy in hierarchies():
        try:
            Cgroup(hierarchy).remove()
            found.append(hierarchy)
        except OSError:
            pass
    return found


KINDS: dict[str, Callable[[int], Observer]] = {
    f"cgroup v{each.version}": lambda pid, each=each: CgroupObserver(pid, hierarchy=each)  # type: ignore[misc]
    for each in usable_hierarchies()
}
KINDS["proc"] = ProcObserver


@pytest.fixture(params=KINDS)
def observe(request: pytest.FixtureRequest) -> Iterator[Callable[[int], Observer]]:
    observers: list[Observer] = []

    def begin(pid: int) -> Observer:
        observers.append(KINDS[request.param](pid))
        return observers[-1]

    yield begin
    for observer in observers:
        observer.close()


def window(observer: Observer, burner: Any) -> tuple[Counters, dict[str, float]]:
    """One burn, as the observer saw it and as the program's getrusage has it."""
    burner.edge()  # whose first answer costs more than the later ones
    own, before = burner.edge(), observer.read()
    assert burner.ask("burn") == "done"
    after, own_after = observer.read(), burner.edge()
    return after.minus(before), {name: own_after[name] - own[name] for name in own}


def test_cpu_of_children_that_end_is_counted(observe: Callable[[int], Observer], start: Callable[..., Any]) -> None:
    burner = start("forking")
    seen, own = window(observe(burner.pid), burner)
    assert own["cpu_s"] > 1.0
    assert seen.cpu_ns / 1e9 == pytest.approx(own["cpu_s"], rel=TOLERANCE)
    assert seen.minor_faults is not None
    # To answer costs the program faults too, after a fork more than before: one page copied for each it touches.
    assert 0 <= own["minor_faults"] - seen.minor_faults <= 60
    assert own["minor_faults"] > 600


def test_cpu_of_threads_that_end_is_counted(observe: Callable[[int], Observer], start: Callable[..., Any]) -> None:
    burner = start("churning")
    observer = observe(burner.pid)
    seen, own = window(observer, burner)
    assert own["cpu_s"] > 0.7
    assert seen.cpu_ns / 1e9 == pytest.approx(own["cpu_s"], rel=TOLERANCE)
    assert any("switches" in clause and "threads that ended" in clause for clause in observer.missing)


def test_cpu_of_children_that_nobody_waits_for_is_counted_by_a_cgroup(start: Callable[..., Any]) -> None:
    kinds = [kind for name, kind in KINDS.items() if name != "proc"]
    if not kinds:
        pytest.skip("no cgroup may be made here")
    for kind in kinds:
        burner = start("unwaited")
        observer = kind(burner.pid)
        try:
            seen, own = window(observer, burner)
        finally:
            observer.close()
        assert seen.cpu_ns / 1e9 == pytest.approx(own["cpu_s"], rel=TOLERANCE)


@pytest.mark.parametrize("way", ["forking", "unwaited"])
def test_readings_while_children_live_and_end_count_them_once(
    way: str, observe: Callable[[int], Observer], start: Callable[..., Any]
) -> None:
    burner = start(way)
    observer = observe(burner.pid)
    own, first = burner.edge(), observer.read()
    burner.tell("burn")
    readings = [first]
    while not burner.has_answered(within_s=0.05):
        readings.append(observer.read())
    assert burner.answer() == "done"
    readings.append(observer.read())
    used_s = burner.edge()["cpu_s"] - own["cpu_s"]
    for field in ("user_ns", "system_ns", "voluntary_switches", "involuntary_switches", "run_delay_ns", "minor_faults"):
        totals = [getattr(reading, field) for reading in readings]
        assert totals == sorted(totals), field
    seen_s = readings[-1].minus(first).cpu_ns / 1e9
    # Of children nobody waits for, /proc has what the last reading before the end saw.
    lost_s = 0.4 if way == "unwaited" and observer.source == "proc" else 0.0
    assert used_s * (1 - TOLERANCE) - lost_s <= seen_s <= used_s * (1 + TOLERANCE)
    assert max(reading.processes or 0 for reading in readings) > 1


def test_switches_of_a_thread_that_lives_are_the_kernels_own(
    observe: Callable[[int], Observer], start: Callable[..., Any]
) -> None:
    burner = start("churning")
    observer = observe(burner.pid)
    own, before = burner.edge(), observer.read()
    for _ in range(50):
        time.sleep(0.005)  # so that it waits for each
        burner.edge()
    after, own_after = observer.read(), burner.edge()
    seen = after.minus(before)
    switches = own_after["voluntary_switches"] - own["voluntary_switches"]
    assert seen.voluntary_switches == pytest.approx(switches, abs=5)
    assert switches >= 10
    assert seen.run_delay_ns is not None
    assert not any("switches" in clause for clause in observer.missing)


def test_the_division_into_user_and_system_adds_up(
    observe: Callable[[int], Observer], start: Callable[..., Any]
) -> None:
    burner = start("churning")
    seen, _ = window(observe(burner.pid), burner)
    assert seen.user_ns > seen.system_ns > 0
    assert seen.user_ns + seen.system_ns == seen.cpu_ns


def test_once_the_tree_has_ended_the_last_totals_stand(
    observe: Callable[[int], Observer], start: Callable[..., Any]
) -> None:
    burner = start("churning")
    observer = observe(burner.pid)
    assert burner.ask("burn") == "done"
    last = observer.read()
    burner.end()
    ended = observer.read()
    assert ended.cpu_ns >= last.cpu_ns > 0
    assert (ended.threads, ended.processes) == (0, 0)
    observer.close()
    observer.close()


def test_an_orphan_stays_a_member(observe: Callable[[int], Observer]) -> None:
    command = ["sh", "-c", "sleep 60 >&2 & echo $!; read _"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout
        observer = observe(shell.pid)
        orphan = int(shell.stdout.readline())
        try:
            assert observer.read().processes == 2
            shell.communicate("\n")
            assert observer.read().processes == 1
        finally:
            subprocess.run(["kill", str(orphan)], check=True)


def test_memory_is_the_share_of_the_whole_tree(observe: Callable[[int], Observer], start: Callable[..., Any]) -> None:
    burner = start("forking")
    burner.edge()
    assert 1_000_000 < (observe(burner.pid).memory() or 0) < 100_000_000


def test_closing_leaves_no_cgroup_even_while_the_target_lives(start: Callable[..., Any]) -> None:
    if not usable_hierarchies():
        pytest.skip("no cgroup may be made here")
    for hierarchy in usable_hierarchies():
        burner = start("churning")
        observer = CgroupObserver(burner.pid, hierarchy=hierarchy)
        folder = observer._cgroup.folder
        assert folder.exists()
        observer.close()
        assert not folder.exists()
        assert burner.ask("burn") == "done"


def test_children_forked_before_the_move_are_moved_too(start: Callable[..., Any]) -> None:
    if not usable_hierarchies():
        pytest.skip("no cgroup may be made here")
    burner = start("forking")
    burner.edge()
    burner.tell("burn")
    watcher = ProcObserver(burner.pid)
    while watcher.read().processes == 1:
        time.sleep(0.01)
    observer = CgroupObserver(burner.pid)
    try:
        assert (observer.read().processes or 0) > 1
    finally:
        observer.close()
