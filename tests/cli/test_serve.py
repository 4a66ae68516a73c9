import os
import sys
from pathlib import Path

import pytest

from concur.cli import main
from concur.interpreters.describe import Interpreter


def test_another_interpreter_takes_over_with_tier_0_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    chosen = Interpreter(short="x+jit", executable=sys.executable, env={"PYTHON_JIT": "1"})
    monkeypatch.setattr("concur.interpreters.find.resolve", lambda name: chosen)

    def execve(*arguments: object) -> None:
        become.append(arguments)  # type: ignore[arg-type] # as os.execve is called
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    with pytest.raises(SystemExit):
        main(["serve", "threads", "-i", "x+jit", "--port", "8000", "--cpu=3"])
    ((executable, arguments, env),) = become
    assert executable == sys.executable
    assert arguments[1:] == ["-P", "-m", "concur.serve", "threads", "--port", "8000", "--cpu=3"]
    assert env["PYTHONPATH"].startswith(f"{tmp_path}/tier0/")
    assert env["PYTHON_JIT"] == "1"


def test_one_that_cannot_start_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    chosen = Interpreter(short="none", executable=str(tmp_path / "none"))
    monkeypatch.setattr("concur.interpreters.find.resolve", lambda name: chosen)
    with pytest.raises(SystemExit) as raised:
        main(["serve", "threads", "-i", "none"])
    assert raised.value.code == 2
    assert "cannot be started: No such file or directory" in capsys.readouterr().err
