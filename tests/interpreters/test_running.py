import os
import select
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from concur.errors import MachineError
from concur.interpreters.running import TAIL_BYTES, Halt, Outcome, run

HANG_S = 15.0

Run = Callable[..., Outcome]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def shell(tmp_path: Path, held: int) -> Run:
    """Runs a line of shell."""

    def run_line(line: str, limit_s: float = HANG_S, halt: Halt | None = None, log: object = None) -> Outcome:
        env = {"PATH": os.environ["PATH"], "HELD": str(held)}
        return run(["/bin/sh", "-c", line], env, tmp_path, limit_s, halt=halt or Halt(), held=held, log=log)  # type: ignore[arg-type] # open files are given

    return run_line


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[IO[bytes]]:
    """The reading end of a named pipe. Reading to its end ends when nobody holds the other."""
    os.mkfifo(tmp_path / "pipe")
    with open(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK), "rb") as reading:
        os.set_blocking(reading.fileno(), True)
        yield reading


@pytest.mark.parametrize(
    ("line", "succeeded"), [("echo yes; echo no >&2", True), ("echo yes; echo no >&2; exit 3", False)]
)
def test_what_it_writes_comes_back_and_into_the_log(tmp_path: Path, shell: Run, line: str, succeeded: bool) -> None:
    with open(tmp_path / "log", "wb") as log:
        assert shell(line, log=log) == Outcome(succeeded, "yes\nno\n")
    assert (tmp_path / "log").read_text() == "yes\nno\n"


def test_what_is_not_there_fails_with_the_reason(tmp_path: Path, held: int) -> None:
    outcome = run(["/not/there"], {}, tmp_path, HANG_S, halt=Halt(), held=held)
    assert outcome == Outcome(False, "/not/there: No such file or directory")


def test_it_inherits_what_is_held(shell: Run) -> None:
    """So that a lock lives as long as an installation, even when who locked it is gone."""
    assert shell("test -e /dev/fd/$HELD").succeeded


def test_what_takes_too_long_ends_with_all_that_it_started(shell: Run, pipe: IO[bytes]) -> None:
    outcome = shell("(echo child; exec sleep 60) > pipe & echo begun; wait", limit_s=1.0)
    assert outcome == Outcome(False, "begun\n", timed_out=True)
    assert pipe.read() == b"child\n"


def test_a_halt_ends_what_runs_and_lets_nothing_begin(shell: Run, pipe: IO[bytes]) -> None:
    halt = Halt()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(shell, "(echo child; exec sleep 60) > pipe & wait", halt=halt)
        select.select([pipe], [], [], HANG_S)
        assert pipe.readline() == b"child\n"
        halt.call()
        with pytest.raises(CancelledError):
            under_way.result(HANG_S)
    assert pipe.read() == b""
    with pytest.raises(CancelledError):
        shell("true", halt=halt)


def test_a_system_that_refuses_is_an_error(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is with `ulimit -u`, which does not hold for the superuser."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("concur.interpreters.running.subprocess.Popen", refuse)
    with pytest.raises(MachineError, match="cannot be started: Resource temporarily unavailable"):
        shell("true")


def test_a_long_output_is_cut_at_its_beginning_but_not_in_the_log(tmp_path: Path, shell: Run) -> None:
    with open(tmp_path / "log", "wb") as log:
        outcome = shell(f"head -c {2 * TAIL_BYTES} /dev/zero | tr '\\0' x; echo end", log=log)
    assert outcome.output.endswith("xend\n")
    assert (len(outcome.output), (tmp_path / "log").stat().st_size) == (TAIL_BYTES, 2 * TAIL_BYTES + 4)
