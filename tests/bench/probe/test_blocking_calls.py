"""The numbers of system calls, held against this machine's own header where it has one."""

import platform
import re
from pathlib import Path

import pytest

from concur.bench.probe.blocking_calls import TABLES, call_name

HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
    "riscv64": ("/usr/include/asm-generic/unistd.h",),
}


@pytest.mark.parametrize("machine", sorted(HEADERS))
def test_numbers_are_those_of_the_kernels_header(machine):
    headers = [Path(name) for name in HEADERS[machine] if Path(name).exists()]
    if not headers:
        pytest.skip("the kernel's headers are not installed")
    numbers = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", headers[0].read_text())
    known = {int(number): name for name, number in numbers}
    assert {number: known[number] for number in TABLES[machine]} == TABLES[machine]


def test_what_the_table_lacks_keeps_its_number():
    assert call_name(4711, "x86_64") == "call 4711"
    assert call_name(0, "vax") == "call 0"
    assert call_name(-1, platform.machine()) == "no call"
