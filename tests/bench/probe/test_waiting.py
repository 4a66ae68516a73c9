"""Where threads wait: the kernel's lines, an interpreter's mappings, and real threads."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.probe.waiting import (
    GIL_BYTES,
    Look,
    Range,
    Watch,
    image_data,
    interpreter_images,
    is_interpreter,
    mappings,
    parse,
)
from concur.errors import MachineError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FUTEX = b"202 0x7f00dead 0x189 0x0 %b 0x0 0xffffffff 0x7ffe01 0x7f02\n"

# The lines


@pytest.fixture
def x86_64(monkeypatch):
    from concur.bench.probe import blocking_calls, waiting

    monkeypatch.setattr(waiting, "call_name", lambda number: blocking_calls.call_name(number, "x86_64"))


@pytest.mark.usefixtures("x86_64")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"running\n", Look("running")),
        (b"", None),
        (b"45 0x5 0x7f 0x10000 0x0 0x0 0x0 0x7ffe 0x7f01\n", Look("recvfrom")),
        (FUTEX % b"0x0", Look("futex", 0x7F00DEAD, is_timed=False)),
        (FUTEX % b"0x7ffe99", Look("futex", 0x7F00DEAD, is_timed=True)),
        (b"-1 0x7ffe 0x7f01\n", Look("no call")),
        (b"4711 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffe 0x7f01\n", Look("call 4711")),
    ],
)
def test_a_line_says_where_its_thread_is(line, expected):
    assert parse(line) == expected


@pytest.mark.parametrize("line", [b"rubbish\n", b"12 zz\n", b"12 running\n"])
def test_rubbish_is_an_error(line):
    with pytest.raises(MachineError, match="not understood"):
        parse(line)


@given(st.binary(max_size=80))
def test_any_line_is_understood_or_refused(line):
    try:
        look = parse(line)
    except MachineError:
        return
    assert look is None or look.call


@given(st.integers(-1, 2**15), st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=8))
def test_any_call_has_a_name(number, arguments):
    look = parse(f"{number} {' '.join(map(hex, arguments))}\n".encode())
    assert look
    assert look.address in (0, arguments[0])


# The mappings

MAPS = """\
55d000-55d100 r--p 00000000 08:01 12 /usr/bin/python3.14
55d100-55d200 r-xp 00001000 08:01 12 /usr/bin/python3.14
55d200-55d300 rw-p 00002000 08:01 12 /usr/bin/python3.14
55d300-55d400 rw-p 00000000 00:00 0
55e000-55f000 rw-p 00000000 00:00 0 [heap]
7f0000-7f1000 rw-p 00000000 00:00 0
7f2000-7f3000 rw-p 00000000 08:01 13 /usr/lib/libpython3.14.so.1.0
7f3000-7f4000 rw-p 00000000 08:01 14 /usr/lib/libc.so.6
7f4000-7f5000 rw-p 00000000 00:00 0
7f6000-7f7000 rw-p 00000000 08:01 15 /home/me/my python project/_speed.so
"""


def test_an_interpreters_data_is_what_is_writable_and_its_bss():
    assert image_data(MAPS) == [Range(0x55D200, 0x55D300), Range(0x55D300, 0x55D400), Range(0x7F2000, 0x7F3000)]


def test_an_interpreters_files_are_its_library_and_its_program():
    assert interpreter_images(MAPS) == ["/usr/lib/libpython3.14.so.1.0", "/usr/bin/python3.14"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/opt/bin/pypy3.11", True),
        ("/opt/lib/libpypy3.11-c.so", True),
        ("/usr/lib/libc.so.6", False),
        ("[heap]", False),
        ("/home/python/server.so", False),
    ],
)
def test_an_interpreter_is_told_by_its_files_name(path, expected):
    assert is_interpreter(path) == expected


def test_a_process_that_has_ended_has_no_mappings():
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert mappings(process.pid) == ""


# Subinterpreters


def gil_of_two(watch: Watch, address: int) -> Watch:
    for thread in (11, 12):
        watch._note(1, thread, Look("futex", address, is_timed=True))
    watch._looks = 2
    return watch


@pytest.fixture
def bare(monkeypatch):
    monkeypatch.setattr("concur.bench.probe.waiting.mappings", lambda _: MAPS)


@pytest.mark.usefixtures("bare")
def test_a_subinterpreters_gil_is_where_several_threads_sleep_for_a_time():
    for own, name in ((True, "gil"), (False, "lock")):
        watch = gil_of_two(Watch(os.getpid(), has_gil=True, has_own_gils=own), 0x7F0800)
        assert watch.result().threads[name] == 1.0


@pytest.mark.usefixtures("bare")
def test_what_lies_beside_a_gil_belongs_to_it_and_a_lock_of_one_thread_does_not():
    watch = gil_of_two(Watch(os.getpid(), has_gil=True, has_own_gils=True), 0x7F0800)
    watch._note(1, 13, Look("futex", 0x7F0800 + GIL_BYTES // 2))
    watch._note(1, 13, Look("futex", 0x7F0800 + GIL_BYTES * 2))
    watch._note(1, 14, Look("futex", 0x7F0100, is_timed=True))
    assert watch.result().threads == {"gil": 1.5, "lock": 1.0}


@pytest.mark.usefixtures("bare")
def test_without_a_gil_there_is_none_to_wait_for():
    watch = Watch(os.getpid(), has_gil=False)
    watch._note(1, 11, Look("futex", 0x55D250))
    watch._looks = 1
    assert watch.result().threads == {"lock": 1.0}


# Real threads

LOCKED = """
import sys, threading
lock = threading.Lock(); lock.acquire()
thread = threading.Thread(target=lock.acquire, daemon=True); thread.start()
print(thread.native_id, flush=True)
sys.stdin.read()
"""
BUSY = """
import sys, threading
def burn():
    while True: pass
for _ in range(3): threading.Thread(target=burn, daemon=True).start()
print("go", flush=True)
sys.stdin.read()
"""


def watch(program: str, *, without_first: bool = False, looks: int = 20) -> dict[str, float]:
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            seen = Watch(process.pid, has_gil=True, without=[int(said)] if without_first else ())
            while seen._looks < looks:
                seen.until(time.monotonic_ns() + 20_000_000)
            return seen.result().threads
        finally:
            process.kill()


def test_a_thread_that_waits_for_a_lock_does_not_wait_for_the_gil():
    where = watch(LOCKED, looks=5)
    assert where["lock"] > 0
    assert where["read"] > 0
    assert where["gil"] < 0.5  # it may be seen on its way into the lock


def test_a_thread_that_is_not_the_programs_is_left_out():
    assert "lock" not in watch(LOCKED, without_first=True, looks=5)


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="needs a GIL")
def test_threads_that_compute_wait_for_the_gil():
    assert watch(BUSY)["gil"] > 0.5  # of three, two wait at any time


def test_a_process_that_is_not_there_cannot_be_watched():
    with subprocess.Popen(["true"]) as process:
        process.wait()
        with pytest.raises(MachineError, match="where threads wait cannot be seen"):
            Watch(process.pid, has_gil=True)
