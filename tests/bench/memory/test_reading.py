"""What is read of a process tree, and of what the kernel holds for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from concur.bench.cgroup import Hierarchy
from concur.bench.memory import kernel, reading

ROLLUP = b"7f-80 ---p 00000000 00:00 0 [rollup]\nRss:  90 kB\nPss:  40 kB\nPss_Anon:  30 kB\nSwapPss:  2 kB\n"
STATUS = b"Name:\tx\nVmPTE:\t      52 kB\nThreads:\t3\n"
MEMINFO = b"MemTotal: 100 kB\nSlab:  10 kB\nSReclaimable: 4 kB\nKernelStack:  3 kB\nPageTables:  2 kB\n"
SOCKSTAT = b"sockets: used 22\nTCP: inuse 4 orphan 0 tw 22 alloc 4 mem 5\nUDP: inuse 0 mem 7\n"
SLABINFO = "slabinfo - version: 2.1\n# name\nTCPv6 26 26 2496 13 8 :\nTCP 78 130 2368 13 8 : tunables\n"
MOUNTS = ["33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", "41 31 0:38 / /u rw - cgroup2 cgroup2 rw"]


def test_the_share_of_pages_counts_and_so_does_what_was_swapped_out():
    assert reading.rollup_bytes(ROLLUP) == 42 * 1024
    assert reading.page_table_bytes(STATUS) == 52 * 1024


def test_of_a_process_that_has_ended_nothing_is_read():
    assert (reading.rollup_bytes(b""), reading.page_table_bytes(b"")) == (0, 0)


def test_a_tree_is_read_with_its_children():
    code = "import os, sys; os.fork(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", f"{code}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        tree = reading.reader(child.pid)
        while len(tree.pids()) < 2:
            pass  # it forks soon
        found = tree.read()
        child.communicate()
    assert found.processes == found.threads == 2
    assert found.bytes > 2**20
    assert tree.read().bytes == 0


def test_the_portable_reader_can_be_forced(monkeypatch):
    monkeypatch.setenv("CONCUR_COUNTERS", "portable")
    found = reading.reader(os.getpid())
    assert found.source == "rss"
    assert found.read().bytes > 2**20
    assert found.read().page_tables_bytes is None


def test_the_portable_reader_survives_the_end_of_what_it_reads():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert reading.RssReader(child.pid).read() == (0, 0, 0, None)


def test_the_whole_machine_s_kernel_memory_is_slabs_stacks_tables_and_tcp_buffers():
    assert kernel.machine_bytes(MEMINFO, SOCKSTAT) == 15 * 1024 + 5 * 4096
    assert kernel.machine_bytes(MEMINFO, b"") == 15 * 1024
    assert kernel.machine_bytes(b"", b"") is None


def test_a_tcp_socket_takes_its_share_of_its_slab():
    assert kernel.tcp_socket_bytes(SLABINFO) == pytest.approx(8 * 4096 / 13)
    assert kernel.tcp_socket_bytes("") == 0.0


def test_memory_is_counted_where_its_controller_is():
    assert kernel.find_memory_hierarchies(MOUNTS, ["4:memory:/a", "0::/b"]) == [
        Hierarchy(1, Path("/sys/fs/cgroup/memory/a")),
        Hierarchy(2, Path("/u/b")),
    ]
    assert kernel.find_memory_hierarchies(MOUNTS[:1], ["4:cpu:/a"]) == []


def test_version_2_tells_the_kernel_s_part_in_one_row(tmp_path):
    (tmp_path / "memory.stat").write_text("anon 9\nkernel 700\nkernel_stack 1\nsock 30\n")
    cgroup = type("Cgroup", (), {"version": 2, "folder": tmp_path})()
    assert kernel.charged_bytes(cgroup) == 730
    (tmp_path / "memory.stat").write_text("anon 9\n")
    with pytest.raises(ValueError, match="before Linux 5.18"):
        kernel.charged_bytes(cgroup)


def test_something_tells_the_kernel_s_part_here_or_nothing_does():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = kernel.kernel_of([child.pid])
        try:
            assert found.source in ("cgroup", "machine", "")
            assert (found.read(0) is None) == (found.source == "")
        finally:
            found.close()
            child.communicate(b"\n")


def test_without_a_cgroup_the_machine_is_read(monkeypatch):
    monkeypatch.setattr(kernel, "memory_hierarchies", list)
    assert kernel.kernel_of([os.getpid()]).source == ("machine" if Path("/proc/meminfo").exists() else "")
