"""`concur labs` at a keyboard: questions answered by keys alone, in a terminal of its own."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from concur.cli import main
from concur.labs.authoring import new_lab
from concur.labs.course import load_course
from concur.labs.folder import LearnersFolder
from concur.labs.progress import read_progress

ROOT = Path(__file__).parents[2]
PATIENCE_S = 15
MORE = """
[[predictions]]
id = "order"
ask = "In which order do they end?"
kind = "order"
choices = ["first", "second", "third"]
measured = "ends"

[[predictions]]
id = "kind"
ask = "What is it?"
kind = "choice"
choices = ["a call", "a wait"]
measured = "kind"

[[checks]]"""


class Terminal:
    """A command in a terminal of 80 columns."""

    def __init__(self, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        self.keyboard, theirs = pty.openpty()
        command = [sys.executable, "-m", "concur.cli", "labs", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> str:
        """All that was shown up to these words; further calls look at what follows."""
        until_s = time.monotonic() + PATIENCE_S
        while words not in self.seen:
            left_s = until_s - time.monotonic()
            assert left_s > 0, self.seen
            if not select.select([self.keyboard], [], [], left_s)[0] or not self._read():
                break
        assert words in self.seen, self.seen
        before, _, self.seen = self.seen.partition(words)
        return before

    def _read(self) -> bool:
        try:
            data = os.read(self.keyboard, 65_536)
        except OSError:  # nobody writes any more
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode()).replace("\r", "")
        return bool(data)

    def type(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())

    def end(self) -> int:
        """Its exit status, once it has ended; what is shown meanwhile is read."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with lab 1 begun, which has a prediction of each kind."""
    course = tmp_path / "course"
    course.mkdir()
    text = (toml := new_lab(course, "first-one") / "lab.toml").read_text()
    toml.write_text(text.replace("\n[[checks]]", MORE, 1))
    monkeypatch.setenv("CONCUR_COURSE", str(course))
    for name in ("CONCUR_LABS_FOLDER", "CONCUR_PLAIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["labs", "start", "1"])
    return tmp_path


@pytest.fixture
def environment(here: Path) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}


@pytest.fixture
def started(here: Path, environment: dict[str, str]) -> "Iterator[list[Terminal]]":
    """Terminals that were begun; those whose command has not ended are ended."""
    terminals: list[Terminal] = []
    yield terminals
    for one in terminals:
        one.process.kill()
        one.process.wait()
        os.close(one.keyboard)


@pytest.fixture
def labs(here, environment, started):
    def run(*arguments: str) -> Terminal:
        terminal = Terminal(here, environment, *arguments)
        started.append(terminal)
        return terminal

    return run


def predictions(here: Path) -> dict[str, object]:
    lab = load_course(here / "course").labs[0]
    return dict(read_progress(LearnersFolder(here / "concur-labs")).of(lab).predictions)


def test_a_number_an_order_and_a_choice_are_answered_by_keys(labs, here):
    terminal = labs("predict")
    terminal.until("1 of 3")
    terminal.type("many\n")
    terminal.until("Expected: a number such as 200")
    terminal.type("200\n")
    terminal.until("2 of 3")
    terminal.type("a b\n")
    terminal.until("Expected: all 3 letters")
    terminal.type("b a c\n")
    terminal.until("3 of 3")
    terminal.type("B\n")
    terminal.until("3 predictions kept.")
    assert terminal.end() == 0
    assert predictions(here) == {"together": 200.0, "order": ["second", "first", "third"], "kind": "a wait"}


def test_the_end_of_the_input_is_a_message_and_what_was_answered_is_kept(labs, here):
    terminal = labs("predict")
    terminal.until("> ")
    terminal.type("200\n")
    terminal.until("2 of 3")
    terminal.until("> ")
    terminal.type("\x04")
    terminal.until("concur: the input ended before the answer")
    assert terminal.end() == 2
    assert predictions(here) == {"together": 200.0}


def test_ctrl_c_at_a_question_is_status_130_and_what_was_answered_is_kept(labs, here):
    terminal = labs("predict")
    terminal.until("> ")
    terminal.type("200\n")
    terminal.until("2 of 3")
    terminal.until("> ")
    terminal.type("\x03")
    terminal.until("concur: interrupted; what was done and answered before is kept")
    assert terminal.end() == 130
    assert predictions(here) == {"together": 200.0}


def test_run_asks_for_the_predictions_first(labs):
    terminal = labs("run")
    terminal.until("Say what you expect, before anything runs")


def test_reset_asks_and_does_nothing_without_a_yes(labs):
    terminal = labs("reset")
    terminal.until("[y/N]")
    terminal.type("\n")
    terminal.until("Nothing was changed.")
    assert terminal.end() == 0


def test_watch_checks_again_after_a_save_without_a_key_and_q_ends_it(labs, here):
    terminal = labs("watch", "--interval", "50ms")
    terminal.until("1 of 2 gates pass")
    terminal.until("q ends")
    work = here / "concur-labs" / "01-first-one" / "work.py"
    work.write_bytes((here / "course" / "01-first-one" / "solution.py").read_bytes())
    terminal.until("2 of 2 gates pass")
    terminal.until("q ends")
    terminal.type("q")
    terminal.until("Next: ")
    assert terminal.end() == 0


def test_ctrl_c_ends_a_watch_too(labs):
    terminal = labs("watch")
    terminal.until("q ends")
    terminal.type("\x03")
    terminal.until("Next: ")
    assert terminal.end() == 0
