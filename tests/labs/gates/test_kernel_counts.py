import mmap
import os
import subprocess
import sys
import threading
import time

import pytest

from concur.labs.gates import Skipped, counted, keep_out_huge_pages, private_dirty_bytes
from concur.labs.gates.kernel_counts import figure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's counts are Linux's")

PAGES = 1000


def fresh_pages():
    pages = mmap.mmap(-1, PAGES * mmap.PAGESIZE)
    keep_out_huge_pages(pages)
    return pages


def touch(pages, number=PAGES):
    for page in range(number):
        pages[page * mmap.PAGESIZE] = 1
    return number


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("who", ["self", "thread"])
def test_each_fresh_page_faults_once(who):
    touch(fresh_pages())  # once before, for a JIT
    pages = fresh_pages()
    first, second = (counted(lambda: touch(pages), who=who) for _ in range(2))
    assert first.result == PAGES
    assert PAGES <= first.minor_faults <= 1.1 * PAGES
    assert second.minor_faults <= 0.05 * PAGES


@pytest.mark.usefixtures("machine")
def test_private_pages_are_those_written_to():
    pages = fresh_pages()
    touched = counted(lambda: touch(pages)).private_dirty_growth_bytes
    again = counted(lambda: touch(pages)).private_dirty_growth_bytes
    assert PAGES * mmap.PAGESIZE <= touched <= 1.2 * PAGES * mmap.PAGESIZE
    assert abs(again) <= 0.1 * PAGES * mmap.PAGESIZE


def test_of_another_process_the_private_pages_can_be_asked():
    assert private_dirty_bytes(os.getpid()) > 0
    with pytest.raises(Skipped, match="Private_Dirty"):
        private_dirty_bytes(2**22 + 1)


@pytest.mark.usefixtures("machine")
def test_each_sleep_is_a_switch_and_computing_needs_none():
    def sleep_often():
        for _ in range(200):
            time.sleep(0.0001)

    sleeps = counted(sleep_often, who="thread")
    assert 190 <= sleeps.switches <= 400
    assert sleeps.switches == sleeps.voluntary_switches + sleeps.involuntary_switches
    assert counted(lambda: sum(range(1000)), who="thread").switches <= 20


def test_writes_are_counted_and_the_counting_makes_none():
    readable, writable = os.pipe()
    try:
        for who in ("self", "thread"):
            assert counted(lambda: [os.write(writable, b"x") for _ in range(7)], who=who).writes == 7
            assert counted(int, who=who).writes == 0
    finally:
        os.close(readable)
        os.close(writable)


def test_one_thread_can_be_counted_alone():
    pages = fresh_pages()

    def touch_in_another():
        thread = threading.Thread(target=touch, args=(pages,))
        thread.start()
        thread.join()

    assert counted(touch_in_another, who="thread").minor_faults < PAGES / 2
    pages = fresh_pages()
    assert counted(touch_in_another).minor_faults >= PAGES


def test_children_that_were_waited_for_can_be_counted():
    def run_child():
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)

    assert counted(run_child, who="children").minor_faults >= 100
    assert counted(int, who="children").minor_faults == 0


def test_an_error_comes_out_and_what_the_kernel_does_not_tell_is_a_reason_to_skip(tmp_path):
    with pytest.raises(ZeroDivisionError):
        counted(lambda: 1 // 0)
    with pytest.raises(Skipped, match="the kernel does not tell syscw"):
        figure(tmp_path / "io", "syscw:")
