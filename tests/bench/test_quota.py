"""Limits of CPU time in both versions of cgroups, read from made-up trees."""

from pathlib import Path

import pytest

from concur.bench import quota
from concur.bench.quota import Quota, find_folders

V2 = "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw"
V1 = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct"


def folder(root: Path, **files: str) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(f"{text}\n")
    return root


def test_version_2_tells_limit_and_stops(tmp_path: Path) -> None:
    here = folder(
        tmp_path / "a",
        cpu__max="150000 100000",
        cpu__stat="usage_usec 9\nnr_periods 5\nnr_throttled 2\nthrottled_usec 40",
    )
    assert quota.read([here]) == Quota(1.5, 40_000)


def test_version_1_tells_the_same_in_other_units(tmp_path: Path) -> None:
    files = {"cpu__cfs_quota_us": "50000", "cpu__cfs_period_us": "100000", "cpu__stat": "throttled_time 40000"}
    assert quota.read([folder(tmp_path / "a", **files)]) == Quota(0.5, 40_000)


def test_of_several_the_tightest_limit_counts(tmp_path: Path) -> None:
    parent = folder(tmp_path / "a", cpu__max="200000 100000")
    child = folder(parent / "b", cpu__max="max 100000")
    assert quota.read([child, parent]) == Quota(2.0, 0)


@pytest.mark.parametrize(
    "files",
    [{}, {"cpu__max": "max 100000"}, {"cpu__cfs_quota_us": "-1", "cpu__cfs_period_us": "100000"}, {"cpu__stat": ""}],
)
def test_no_limit_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert quota.read([folder(tmp_path / "a", **files)]) == Quota()


def test_no_cgroup_at_all_is_no_limit() -> None:
    assert quota.read([]) == Quota()


def test_a_cgroup_is_found_with_all_above_it_in_either_version() -> None:
    places = ["4:cpu,cpuacct:/a/b", "0::/user.slice/s"]
    assert [str(path) for path in find_folders([V2], places)] == [
        "/sys/fs/cgroup/user.slice/s",
        "/sys/fs/cgroup/user.slice",
        "/sys/fs/cgroup",
    ]
    assert next(str(path) for path in find_folders([V1], places)) == "/sys/fs/cgroup/cpu,cpuacct/a/b"


def test_a_mount_of_another_controller_or_another_part_is_left_out() -> None:
    memory = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"
    elsewhere = "31 23 0:28 /docker/x /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw"
    assert list(find_folders([memory, elsewhere], ["4:memory:/", "0::/user"])) == []


def test_a_container_s_mount_shows_its_own_part() -> None:
    inside = "31 23 0:28 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup ro"
    assert list(find_folders([inside], ["0::/docker/x"])) == [Path("/sys/fs/cgroup")]


def test_this_process_can_be_asked() -> None:
    assert quota.read().stopped_ns >= 0
