from pathlib import Path

import pytest

from concur.labs import demo


def run(folder: Path, text: str) -> demo.Shown:
    work = folder / "work.py"
    work.write_text(text)
    return demo.run_demo(work)


def test_a_program_is_run_as_by_hand(tmp_path: Path) -> None:
    shown = run(tmp_path, "if __name__ == '__main__':\n    import os\n    print('in', os.path.basename(os.getcwd()))\n")
    assert (shown.output, shown.problem) == (f"in {tmp_path.name}\n", "")


def test_an_error_of_its_own_is_shown_as_python_shows_it(tmp_path: Path) -> None:
    shown = run(tmp_path, "print(1 / 0)\n")
    assert "ZeroDivisionError" in shown.output
    assert shown.problem == "it ended with status 1"


def test_what_prints_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "OUTPUT_BYTES", 100_000)
    shown = run(tmp_path, "while True:\n    print('x' * 1000)\n")
    assert "it printed more than" in shown.problem
    assert "bytes left out" in shown.output


def test_a_signal_is_named(tmp_path: Path) -> None:
    assert run(tmp_path, "import os\nos.kill(os.getpid(), 9)\n").problem == "it was ended by signal 9"
