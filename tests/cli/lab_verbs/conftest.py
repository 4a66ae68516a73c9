"""`concur labs` as a learner types it, on a course of two small labs; checks and evidence are invented here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concur.cli import main
from concur.labs.authoring import new_lab
from concur.labs.endings import Result
from concur.labs.evidence import Measured
from tests.cli.lab_verbs.builders import FAILED, PASSED, VALUES, Labs


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where she is, beside a course of labs 1 and 2; 80 columns, no colour."""
    course, here = tmp_path / "course", tmp_path / "here"
    course.mkdir()
    here.mkdir()
    for name in ("first-one", "second-one"):
        new_lab(course, name)
    for name in ("CONCUR_LABS_FOLDER", "CONCUR_PLAIN", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONCUR_COURSE", str(course))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(here)
    return here


@pytest.fixture(autouse=True)
def outcome(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the next check and measurement come to."""
    found: dict[str, Any] = {"results": [PASSED[0], FAILED], "measured": Measured(values=VALUES)}

    def check(*_: object, on_result: Callable[[Result], None] | None = None, **__: object) -> list[Result]:
        for result in found["results"]:
            if on_result:
                on_result(result)
        return list(found["results"])

    monkeypatch.setattr("concur.labs.checking.check", check)
    monkeypatch.setattr("concur.interpreters.find.find", lambda: [])
    monkeypatch.setattr("concur.labs.evidence.measure", lambda *_, **__: found["measured"])
    return found


@pytest.fixture
def labs(capsys: pytest.CaptureFixture[str]) -> Labs:
    """Exit status, stdout and stderr of a command."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as raised:
            main(["labs", *arguments])
        out, err = capsys.readouterr()
        return int(raised.value.code or 0), out, err

    return run
