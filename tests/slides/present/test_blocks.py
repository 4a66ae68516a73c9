"""A block runs as a process of its own, counted and bounded; nothing of it is left."""

import os
import threading
from pathlib import Path

import pytest

from concur.errors import UsageError
from concur.labs.job import MIB, Limits
from concur.slides.deck import Block
from concur.slides.present.blocks import AFTER_S, EMPTY, BusyError, Stage, run_block

pytestmark = [pytest.mark.timeout(60)]
SHORT = Limits(0.4 + AFTER_S, 512 * MIB, processes=20, output_bytes=MIB)

TOUCHING = """import mmap
pages = mmap.mmap(-1, 3000 * mmap.PAGESIZE)
pages.madvise(mmap.MADV_NOHUGEPAGE)
for at in range(0, len(pages), mmap.PAGESIZE):
    pages[at] = 1
"""
FORKING = """import os
for _ in range(3):
    if not (pid := os.fork()):
        sum(range(3_000_000))
        os._exit(0)
    os.waitpid(pid, 0)
"""
SLEEPING = """import subprocess, sys
def start(mark, **options):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark], **options)
"""


def run(text, limits=SHORT):
    return run_block(
        Block(1, "python", text, "some"), limits._replace(seconds=20 + AFTER_S) if limits is SHORT else limits
    )


def alive_with(mark):
    """Processes whose command line has that mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path)
        except OSError:
            pass
    return found


def test_what_it_prints_is_shown_and_the_kernel_counted_it():
    ran = run("print('hello')\n")
    assert (ran.output, ran.problem) == ("hello\n", "")
    assert ran.counts
    assert ran.counts.user_ns > 0
    assert ran.counts.minor_faults > 0
    assert ran.counts.peak_bytes > MIB


def test_it_is_a_program_in_a_folder_of_its_own_without_input():
    ran = run("import os, sys\nprint(__name__, os.listdir(), repr(sys.stdin.read()), os.getpid())\n")
    name, *rest = ran.output.split()
    assert name == "__main__"
    assert rest[:2] == ["['some.py']", "''"]
    assert int(rest[2]) != os.getpid()


def test_the_project_can_be_imported():
    assert run("import concur.kernel\nprint('there')\n").output == "there\n"


def test_first_touches_are_counted_as_faults():
    counts, empty = run(TOUCHING).counts, run("import mmap\n").counts
    assert counts
    assert empty
    assert 2_700 < counts.minor_faults - empty.minor_faults < 3_300


def test_children_that_it_waited_for_are_counted():
    counts, empty = run(FORKING).counts, run("import os\n").counts
    assert counts
    assert empty
    assert counts.user_ns > empty.user_ns + 10_000_000


def test_how_it_failed_is_said():
    ran = run("raise ValueError('no')\n")
    assert ran.problem == "it ended with status 1"
    assert "ValueError: no" in ran.output
    assert run("import os; os.abort()\n").problem == "it was ended by signal 6"


def test_a_block_that_never_ends_is_ended_and_counted():
    ran = run("print('on', flush=True)\nwhile True: pass\n", Limits(0.4 + AFTER_S, 512 * MIB, processes=20))
    assert ran.problem == "it was ended after 0 s"
    assert ran.output == "on\n"
    assert ran.counts


def test_what_it_leaves_behind_is_ended_too():
    mark = f"left-behind-{os.getpid()}"
    assert run(SLEEPING + f"start({mark!r}, start_new_session=True)\n").problem == ""
    assert alive_with(mark) == []


def test_a_block_that_prints_gigabytes_is_ended():
    ran = run("while True: print('x' * 100_000)\n")
    assert ran.problem == "it was ended: it printed more than 1 MiB"
    assert len(ran.output) < 64 << 10


def test_a_block_that_takes_all_memory_is_ended():
    ran = run("kept = []\nwhile True: kept.append(bytearray(1 << 22))\n")
    assert ran.problem == "it was ended: it took more than 512 MiB of memory"


def test_a_block_that_starts_processes_without_end_is_ended():
    mark = f"many-{os.getpid()}"
    problem = run(SLEEPING + f"while True: start({mark!r})\n").problem
    assert problem == "it was ended: it had more than 20 processes"
    assert alive_with(mark) == []


def test_only_what_is_in_the_deck_is_run():
    stage = Stage({"one": EMPTY})
    for name in ("two", "", "../one", "One", "one\n", "import os"):
        with pytest.raises(UsageError, match="unknown block"):
            stage.run(name)
    with pytest.raises(UsageError, match="the decks have none"):
        Stage({}).run("one")


def test_a_run_shows_what_is_pythons_own_start():
    told = Stage({"one": Block(1, "python", "print(1)\n", "one", ("faults",))}).run("one")
    assert (told["block"], told["output"], told["problem"]) == ("one", "1\n", "")
    assert [row["name"] for row in told["counters"]][:2] == ["page faults, minor", "page faults, major"]
    assert all(row["start"] for row in told["counters"])


def test_one_block_runs_at_a_time(tmp_path):
    go, begun = tmp_path / "go", tmp_path / "begun"
    waiting = (
        f"import os, time\nopen({str(begun)!r}, 'w').close()\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
    )
    stage = Stage({"waits": Block(1, "python", waiting, "waits")})
    told = []
    thread = threading.Thread(target=lambda: told.append(stage.run("waits")))
    thread.start()
    while not begun.exists() and thread.is_alive():
        pass
    with pytest.raises(BusyError, match="another block is running"):
        stage.run("waits")
    go.touch()
    thread.join()
    assert told[0]["problem"] == ""
    assert stage.run("waits")["problem"] == ""
