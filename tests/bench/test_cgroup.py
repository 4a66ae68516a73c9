"""Where cgroups are found and how they are made, read and removed."""

import os
import subprocess
from pathlib import Path

import pytest

from concur.bench import cgroup
from concur.bench.cgroup import Cgroup, CpuUsage, Hierarchy, find_hierarchies

V1 = "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct"
V1_SHARED = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct"
V2 = "41 31 0:38 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"


def test_version_1_is_preferred_and_each_path_is_this_process_s_own() -> None:
    v2_here = V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    places = ["2:cpuacct:/a", "1:cpu:/", "0::/user.slice/x"]
    assert find_hierarchies([v2_here, V1], places) == [
        Hierarchy(1, Path("/sys/fs/cgroup/cpuacct/a")),
        Hierarchy(2, Path("/sys/fs/cgroup/unified/user.slice/x")),
    ]


def test_a_hierarchy_that_also_schedules_is_left_out() -> None:
    assert find_hierarchies([V1_SHARED], ["2:cpu,cpuacct:/"]) == []


def test_a_container_sees_its_own_part() -> None:
    mounted = V2.replace(" / /sys", " /docker/7 /sys")
    assert find_hierarchies([mounted], ["0::/docker/7/app"]) == [Hierarchy(2, Path("/sys/fs/cgroup/app"))]
    assert find_hierarchies([mounted], ["0::/elsewhere"]) == []


def test_cpu_stat_is_in_microseconds() -> None:
    text = "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnice_usec 0\n"
    assert cgroup.parse_cpu_stat(text) == CpuUsage(30_000, 20_000, 10_000)


@pytest.mark.parametrize("version", [1, 2])
def test_a_member_is_counted_given_back_and_its_cgroup_removed(version: int) -> None:
    made = make(version)
    with subprocess.Popen(["sh", "-c", "read _; i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"], stdin=-1) as shell:
        made.adopt(shell.pid)
        assert made.members() == [shell.pid]
        before = made.usage()
        shell.communicate(b"\n")
        assert made.usage().cpu_ns > before.cpu_ns
    made.remove()
    assert not made.folder.exists()
    made.remove()


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    left, ours = tmp_path / f"concur-{dead.pid}-1", tmp_path / f"concur-{os.getpid()}-1"
    left.mkdir()
    ours.mkdir()
    cgroup.sweep(tmp_path)
    assert not left.exists()
    assert ours.exists()


def make(version: int) -> Cgroup:
    for hierarchy in cgroup.hierarchies():
        if hierarchy.version == version:
            try:
                return Cgroup(hierarchy)
            except OSError as error:
                pytest.skip(f"no cgroup may be made here: {error}")
    pytest.skip(f"no version {version} hierarchy is mounted")
