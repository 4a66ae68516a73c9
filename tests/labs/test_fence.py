import os
import subprocess
from pathlib import Path

import pytest

from concur.labs import fence, tree

V1 = """25 1 0:1 / / rw - ext4 /dev/vda rw
30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
31 25 0:27 / /sys/fs/cgroup/pids rw shared:1 - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw""".splitlines()
OWN = "8:pids:/job/one\n2:cpu:/\n0::/box".splitlines()


def test_places_are_the_own_cgroups_in_hierarchies_that_count_tasks() -> None:
    assert fence.find_places(V1, OWN) == [
        Path("/sys/fs/cgroup/pids/job/one"),
        Path("/sys/fs/cgroup/unified/box"),
    ]


def test_a_mount_that_shows_another_part_is_no_place() -> None:
    lines = ["31 25 0:27 /other /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids"]
    assert fence.find_places(lines, OWN) == []


def test_what_dead_wardens_left_is_swept_and_living_ones_are_left(tmp_path: Path) -> None:
    living, dead, others = (tmp_path / f"concur-labs-{name}" for name in (os.getpid(), 2**22 + 1, "x"))
    for folder in (living, dead, others):
        folder.mkdir()
    fence.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([living, others])


def test_a_folder_that_takes_no_limit_is_no_fence(tmp_path: Path) -> None:
    (tmp_path / "parent").mkdir(mode=0o555)
    with pytest.raises(OSError, match=r"No such file|denied|Not"):
        fence.Fence(tmp_path / "not-there", 10)


def test_it_can_be_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_FENCE", "none")
    assert fence.make(10) is None


@pytest.mark.parametrize("place", fence.places(), ids=str)
def test_who_is_in_it_ends_with_it(place: Path) -> None:
    """In each hierarchy of this machine in which one can be made."""
    try:
        made = fence.Fence(place, 50)
    except OSError as error:
        pytest.skip(f"none can be made: {error.strerror}")
    with subprocess.Popen(["sleep", "60"], preexec_fn=made.enter) as process:
        assert made.members() == [process.pid]
        made.shut()
        tree.end(made.members)
        process.kill()
    made.remove()
    assert not made.folder.exists()
