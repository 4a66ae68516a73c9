"""What a learner's code may not touch: the checker, its secrets, her own folder; and what she may do there."""

from pathlib import Path
from typing import Any

import pytest

from tests.labs.samples import double

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.mark.parametrize(
    ("patch", "what"),
    [
        ("import time; time.monotonic = lambda: 0.0", "replaced time.monotonic"),
        ("import threading; threading.Lock = threading.RLock", "replaced threading.Lock"),
        (
            "from concur.labs.gates import verdict; verdict.require = print",
            "replaced concur.labs.gates.verdict.require",
        ),
        ("import checks; checks.require = print", "replaced checks.require"),
    ],
)
def test_what_was_patched_is_named(check_code: Any, patch: str, what: str) -> None:
    result = check_code(f"{patch}\ndef double(number):\n    return 2 * number\n")
    assert (result.verdict, result.seen) == ("tampered", f"your code {what}")


def test_asyncio_is_watched_where_the_checks_use_it(check_code: Any) -> None:
    code = "import asyncio\nasync def no_sleep(*_): pass\nasyncio.sleep = no_sleep\n"
    result = check_code(code, before="import asyncio\n")
    assert (result.verdict, "asyncio" in result.seen) == ("tampered", True)


def test_a_patch_made_during_the_check_counts(check_code: Any) -> None:
    assert check_code(double("time.sleep = print")).seen == "your code replaced time.sleep"


def test_a_check_may_allow_a_patch(check_code: Any) -> None:
    assert check_code(double("time.sleep = print"), 'may_patch = ["time"]').verdict == "passed"


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("solution.py", "open({path!r}).read()"),
        ("solution.py", "sys.path.insert(0, os.path.dirname({path!r})); import solution"),
        ("solution.py", "os.symlink({path!r}, 'mine'); open('mine')"),
        ("wrong/squared.py", "import runpy; runpy.run_path({path!r})"),
        ("checks.py", "os.open({path!r}, os.O_RDONLY)"),
        ("checks.py", "try: open({path!r})\n    except OSError: pass"),
        ("checks.py", "if not os.fork():\n        try: open({path!r})\n        finally: os._exit(0)\n    os.wait()"),
    ],
)
def test_reading_what_is_secret_is_seen(check_code: Any, tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / "course/01-doubling" / name
    result = check_code(double(how.format(path=str(path))))
    assert (result.verdict, f"read {path.name}" in result.seen) == ("tampered", True), result


def test_a_traceback_through_the_checks_reads_them_for_nobody(check_code: Any) -> None:
    checks = """
def check_doubles(work):
    work.call(lambda: 1 / 0)
"""
    code = """
        import traceback
        def call(function):
            try:
                function()
            except ZeroDivisionError:
                traceback.print_exc()
    """
    result = check_code(code, checks=checks)
    assert (result.verdict, "in <lambda>\n    work.call(lambda: 1 / 0)" in result.output) == ("passed", True)


def test_her_folder_may_be_deleted_and_is_put_back(check_code: Any, work: Path) -> None:
    code = double(f"import subprocess; subprocess.run(['rm', '-r', {str(work.parent)!r}])")
    assert check_code(code).verdict == "passed"
    assert work.read_text() == code


@pytest.mark.parametrize(
    "call", ["shutil.rmtree(folder)", "os.remove(file)", "open(file, 'w')", "os.rename(file, '/tmp/x')"]
)
def test_what_would_change_her_folder_is_refused(check_code: Any, work: Path, call: str) -> None:
    code = double(f"import shutil; folder, file = {str(work.parent)!r}, {str(work)!r}; {call}")
    result = check_code(code)
    assert (result.verdict, "tried to change" in result.seen) == ("tampered", True)
    assert work.read_text() == code


def test_its_own_folder_may_be_deleted(check_code: Any) -> None:
    code = double("import shutil\n    if number == 21: shutil.rmtree(os.getcwd())")
    assert check_code(code).verdict == "passed"


def test_what_has_no_rights_is_removed_all_the_same(check_code: Any) -> None:
    code = double("if number == 21: os.makedirs('a/b'); os.chmod('a/b', 0); os.chmod('a', 0)")
    assert check_code(code).verdict == "passed"
