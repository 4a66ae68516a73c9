"""What a learner's code may do to the process it runs in, and to the one that watches it: each has its own verdict."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from concur.interpreters.describe import Interpreter
from concur.labs import tree
from concur.labs.checking import check
from tests.labs.samples import double

QUICK = "seconds = 1.0"
ENDLESS = """
    def double(number):
        while True:
            pass
"""


pytestmark = pytest.mark.usefixtures("nothing_is_left")


ENDINGS = {
    "exits": ("os._exit(3)", "error", "ended the whole process, with status 3"),
    "exits as if well": ("os._exit(0)", "error", "ended the whole process, with status 0"),
    "raises SystemExit": ("sys.exit(0)", "error", "SystemExit"),
    "raises KeyboardInterrupt": ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
    "kills itself": ("os.kill(os.getpid(), signal.SIGKILL)", "error", "ended the whole process, by SIGKILL"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "error", "SIGSEGV"),
    "recurses": ("return double(number)", "error", "calls itself without end"),
    "closes descriptors": ("os.closerange(0, 200)", "error", "closed descriptors"),
    "asks for too much memory": ("bytearray(1 << 46)", "error", "more memory"),
    "kills its parent": ("os.kill(os.getppid(), signal.SIGKILL)", "tampered", "end the process that watches it"),
    "signals everybody": (
        "os.kill(-1, 0)",
        "tampered",
        "signal every process",
    ),  # 0: if it got through, no harm is done
    "raises Skipped": (
        "from concur.labs.gates.verdict import Skipped; raise Skipped('no time')",
        "tampered",
        "Skipped",
    ),
    "forges": (
        '[os.write(n, b\'{"verdict": "passed"}\\n\') for n in range(3, 9) if _is_pipe(n)]',
        "tampered",
        "descriptor",
    ),
}
IS_PIPE = """
def _is_pipe(number):
    import stat
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False
"""


@pytest.mark.parametrize("name", ENDINGS)
def test_what_ends_early_is_told_apart(check_code: Any, name: str) -> None:
    body, verdict, seen = ENDINGS[name]
    result = check_code(double(body) + IS_PIPE)
    assert (result.verdict, seen in result.seen) == (verdict, True), result


def test_a_warden_killed_past_every_hook_is_a_verdict(check_code: Any) -> None:
    body = "import ctypes; ctypes.CDLL(None).kill(os.getppid(), 9); time.sleep(60)"
    result = check_code(double(body))
    assert (result.verdict, result.seen) == ("tampered", "your code killed the process that watches it")


def test_a_warden_that_is_stopped_is_a_verdict(check_code: Any) -> None:
    body = "import ctypes; ctypes.CDLL(None).kill(os.getppid(), 19); time.sleep(60)"
    result = check_code(double(body))
    assert (result.verdict, result.seen) == ("tampered", "your code stopped the process that watches it")


def test_an_orphan_of_a_killed_warden_ends_too(check_code: Any) -> None:
    orphan = "os.fork() or (os.setsid(), time.sleep(60))"
    result = check_code(double(f"{orphan}; import ctypes; ctypes.CDLL(None).kill(os.getppid(), 9); time.sleep(60)"))
    assert result.verdict == "tampered"


def test_a_loop_without_end_hangs_and_says_where(check_code: Any) -> None:
    result = check_code(ENDLESS, QUICK)
    assert result.verdict == "hung"
    assert "not ended after 1 s" in result.seen
    assert "work.py, line 4, in double" in result.detail or "work.py, line 3, in double" in result.detail


def test_a_loop_while_loading_hangs(check_code: Any) -> None:
    result = check_code("while True: pass", QUICK)
    assert (result.verdict, "loading" in result.seen) == ("hung", True)


def test_a_deadlock_says_where_each_thread_stands(check_code: Any) -> None:
    code = """
        import threading
        lock = threading.Lock()
        def double(number):
            lock.acquire()
            thread = threading.Thread(target=lock.acquire, name="second")
            thread.start()
            thread.join()
    """
    result = check_code(code, QUICK)
    assert (result.verdict, "thread.join()" in result.detail) == ("hung", True)


def test_a_thread_that_never_ends_is_named(check_code: Any) -> None:
    result = check_code(double("threading.Thread(target=threading.Event().wait, name='waiter').start()"), QUICK)
    assert (result.verdict, result.seen) == (
        "hung",
        "the check was through, but a thread of yours never ended: waiter",
    )


def test_a_pool_that_nobody_shut_down_ends_as_it_does_at_pythons_exit(check_code: Any) -> None:
    code = """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        def double(number):
            return pool.submit(lambda: 2 * number).result()
    """
    assert check_code(code, QUICK).is_passed


def test_daemon_threads_keep_nobody(check_code: Any) -> None:
    body = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    assert check_code(double(body)).verdict == "passed"


def test_a_fork_bomb_ends(check_code: Any) -> None:
    result = check_code(double("\n    while True:\n        try: os.fork()\n        except OSError: pass"))
    assert (result.verdict, "100 processes" in result.seen) == ("killed", True)


def test_what_is_forked_and_leaves_the_session_ends_with_the_check(check_code: Any) -> None:
    body = "os.fork() or (os.setsid(), os.fork() or time.sleep(60), os._exit(0))"
    assert check_code(double(body)).verdict == "passed"


def test_a_forked_child_that_returns_has_no_say(check_code: Any) -> None:
    code = double("if number == 21 and not os.fork(): return 0\n    time.sleep(0.2)")
    assert check_code(code).verdict == "passed"


def test_memory_without_end_is_ended(check_code: Any) -> None:
    result = check_code(double("held = []\n    while True: held.append(b'x' * 1_000_000)"), "memory_mib = 200")
    assert (result.verdict, "200 MiB" in result.seen) == ("killed", True)


def test_pages_that_forks_share_count_once(check_code: Any) -> None:
    body = (
        "held = b'x' * 60_000_000\n    [os.fork() or (time.sleep(0.3), os._exit(0)) for _ in range(9)]\n    os.wait()"
    )
    assert check_code(double(body), "memory_mib = 200").verdict == "passed"


def test_gigabytes_printed_are_cut_and_ended(check_code: Any) -> None:
    result = check_code(double("line = 'x' * 100_000\n    while True: print(line)"))
    assert (result.verdict, "printed more than" in result.seen) == ("killed", True)
    assert len(result.output) < 50_000
    assert "bytes left out" in result.output


def test_a_file_without_end_is_ended(check_code: Any) -> None:
    body = "file = open('big', 'wb')\n    while True: file.write(bytes(1 << 20))"
    result = check_code(double(f"signal.signal(signal.SIGXFSZ, signal.SIG_DFL); {body}"))
    assert (result.verdict, "a file without end" in result.seen) == ("killed", True)


@pytest.mark.parametrize("body", ["os.close(1)", "sys.stdout.close()", "del sys.stdout"])
def test_a_closed_stdout_is_no_matter(check_code: Any, body: str) -> None:
    assert check_code(double(f"if number == 21: {body}")).verdict == "passed"


def test_what_was_printed_is_there(check_code: Any) -> None:
    result = check_code(double("print('hello', number)"))
    assert result.output == "hello 21\nhello 4\n"


# What is no program


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (b"def double(n:\n", "no Python"),
        (b"\x7fELF\x02\x01\x01\0\0", "null byte in line 1"),
        (b"x = 1\ny = '\xe9'\n", "not UTF-8: byte 0xe9 in line 2"),
        (b"# -*- coding: klingon -*-\n", "klingon"),
        (b"(" * 500 + b")" * 500, "no Python"),
    ],
)
def test_what_is_no_python_is_said_with_its_line(check_code: Any, code: bytes, seen: str) -> None:
    result = check_code(code)
    assert (result.verdict, seen in result.seen) == ("error", True), result


def test_an_empty_file_lacks_what_is_asked_for(check_code: Any) -> None:
    result = check_code(b"")
    assert (result.verdict, result.seen) == ("failed", "work.py has no `double`")


def test_only_her_own_lines_are_shown(check_code: Any) -> None:
    result = check_code("import json\ndef double(number):\n    return json.loads('{')\n")
    assert (result.verdict, result.detail) == ("error", "work.py, line 3, in double: return json.loads('{')")


def test_a_broken_checker_is_not_her_error(check_code: Any) -> None:
    result = check_code("def double(number): return 2", checks="def check_doubles(work):\n    return 1 / 0\n")
    assert (result.verdict, "ZeroDivisionError" in result.seen) == ("broken", True)
    assert "line 2, in check_doubles" in result.detail


@pytest.mark.parametrize("checks", ["1 / 0", "def check_doubles(", "", "import os; os._exit(1)"])
def test_checks_that_do_not_load_are_broken(check_code: Any, checks: str) -> None:
    assert check_code("def double(number): return 2 * number", checks=checks).verdict == "broken"


def test_a_check_may_be_skipped_with_its_reason(check_code: Any) -> None:
    checks = "from concur.labs.gates import Skipped\ndef check_doubles(work):\n    raise Skipped('no moon tonight')\n"
    result = check_code("", checks=checks)
    assert (result.verdict, result.seen, result.is_passed) == ("skipped", "no moon tonight", True)


def test_a_verdict_in_a_group_of_exceptions_counts(check_code: Any) -> None:
    checks = """
from concur.labs.gates import Failed
def check_doubles(work):
    raise ExceptionGroup("several", [ValueError("x"), ExceptionGroup("inner", [Failed("this", "that")])])
"""
    result = check_code("", checks=checks)
    assert (result.verdict, result.asked, result.seen) == ("failed", "this", "that")


# The machine


def test_what_is_missing_is_skipped_and_said(make_lab: Any, work: Path) -> None:
    [result] = check(make_lab(needs=["no-gil"]), work)
    assert (result.verdict, result.is_passed) == ("skipped", True)
    assert "without a GIL" in result.seen


def test_an_interpreter_that_is_broken_is_skipped(lab: Any, work: Path) -> None:
    [result] = check(lab, work, interpreter=Interpreter(short="3.99", executable="/not/there", broken="it is gone"))
    assert (result.verdict, "3.99" in result.seen) == ("skipped", True)


def test_an_interpreter_that_is_gone_by_now_is_no_traceback(lab: Any, work: Path) -> None:
    [result] = check(lab, work, interpreter=Interpreter(short="3.99", executable="/not/there"))
    assert result.verdict == "skipped"
    assert "/not/there" in result.seen


def test_a_runner_that_is_killed_leaves_nothing(lab: Any, work: Path) -> None:
    work.write_text("import time\nprint('here')\ntime.sleep(60)\n")
    program = f"""
import os, sys, threading, time
from pathlib import Path
from concur.labs import tree
from concur.labs.checking import check
from tests.labs.samples import double
from concur.labs.lab import load_lab
threading.Thread(target=check, args=(load_lab(Path({str(lab.folder)!r})), Path({str(work)!r})), daemon=True).start()
while len(tree.below(os.getpid())) < 2:
    time.sleep(0.01)
print(*tree.below(os.getpid()), flush=True)
time.sleep(60)
"""
    tree.become_subreaper()
    try:
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as runner:
            assert runner.stdout
            pids = [int(word) for word in runner.stdout.readline().split()]
            runner.kill()
        while any(tree._stat(pid)[:1] not in ([], ["Z"]) for pid in pids):
            pass  # the warden sees to it
        tree.bury(pids)
    finally:
        tree.become_subreaper(False)


def test_the_checks_themselves_may_read_and_write_anything(check_code: Any) -> None:
    checks = """
from pathlib import Path
def check_doubles(work):
    here = Path(__file__).parent
    (here / "seen").write_text((here / "solution.py").read_text())
    (here / "seen").unlink()
"""
    assert check_code("", checks=checks).verdict == "passed"
