"""Any file that says what to run as threads is explored."""

import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from concur.errors import UsageError
from concur.labs.exploring import explore_file, replay_file

COUNTING = """
    import threading

    count = 0
    lock = threading.Lock()

    def one():
        print("one")
        return 1

    def careless():
        global count
        count += one()

    def careful():
        with lock:
            careless()

    def verdict():
        assert count == 2, f"count is {count}"
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "program.py"
        path.write_text(dedent(text))
        return path

    return write


def test_two_functions_are_named(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(COUNTING)
    lost = explore_file(path, threads="careless,careless")
    assert lost.failures[0].what == "count is 1"
    assert explore_file(path, threads="careful,careful").is_complete
    assert capsys.readouterr().out == ""  # it was run many times


def test_or_the_file_names_them_and_has_a_state(write: Write) -> None:
    path = write(
        """
        class Box:
            sold = 0
        def make():
            return Box()
        def sell(box):
            box.sold += 1
        def verdict(box):
            return box.sold == 2
        threads = (sell, sell)
        """
    )
    found = explore_file(path)
    assert found.failures[0].what == "wrong"
    again = replay_file(path, found.failures[0].by_operation)
    assert (again.what, again.diverged) == ("wrong", "")
    assert replay_file(path, "A end, B end").what == ""


def test_a_subclass_of_thread_and_names_imported_from_are_controlled(write: Write) -> None:
    path = write(
        """
        from queue import Queue
        from threading import Thread
        import time
        results = Queue()
        class Worker(Thread):
            def run(self):
                time.sleep(1000)
                results.put(1)
        def main():
            workers = [Worker(), Worker()]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        threads = (main,)
        def verdict():
            return results.qsize() == 2
        """
    )
    found = explore_file(path, preemptions=1)
    assert (found.found, found.is_complete) == ([], True)
    assert threading.active_count() == len(threading.enumerate())


def test_locks_made_in_the_file_deadlock_by_name(write: Write) -> None:
    path = write(
        """
        import threading
        left, right = threading.Lock(), threading.Lock()
        forks = [threading.Lock() for _ in range(2)]
        def one():
            with forks[0], forks[1]: pass
        def two():
            with forks[1], forks[0]: pass
        threads = (one, two)
        """
    )
    (dead,) = explore_file(path).deadlocks
    assert "Lock forks 2, held by B" in dead.what


@pytest.mark.parametrize(
    ("text", "threads", "why"),
    [
        ("def f(): pass", "", "does not say what to run.*--threads f,g"),
        ("def f(): pass", "f,g", "unknown function 'g'"),
        ("def f(:", "f,f", "is not Python.*line 1"),
        ("1 / 0", "f,f", r"cannot be run.*ZeroDivisionError.*\(line 1\)"),
        ("threads = (1, 2)", "", "does not say what to run"),
        ("\0", "f", "is not Python"),
    ],
)
def test_a_file_that_cannot_be_explored_says_why(write: Write, text: str, threads: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        explore_file(write(text), threads=threads)


def test_no_file_and_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read.*No such file"):
        explore_file(tmp_path / "absent.py")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        explore_file(tmp_path / "binary.py")
