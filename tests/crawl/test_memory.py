"""Memory of pages: what is freed is found again, counted by the kernel's page faults."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
from concur.crawl.memory import keep_freed
if sys.argv[1] == "kept":
    assert keep_freed()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def page():
    for _ in range(100):
        [bytes(60_000) for _ in range(20)]
page()
before = faults()
page()
print(faults() - before)
"""


def faults(how: str) -> int:
    """Of a hundred pages of twenty blocks each, after as many others."""
    run = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, check=True, text=True)
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_freed_memory_is_found_again() -> None:
    assert faults("given back") > 1000
    assert faults("kept") < 100
