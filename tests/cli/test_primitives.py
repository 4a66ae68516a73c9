import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concur.bench.primitives import Column, Primitive
from concur.cli import main
from concur.cli.primitives import primitives
from concur.errors import ConcurError, MachineError, UsageError
from concur.interpreters.describe import Interpreter

ONE = Interpreter(short="3.90", executable="/opt/python3.90", implementation="CPython", version="3.90.1")
OTHER = Interpreter(short="3.91", executable="/opt/python3.91", implementation="CPython", version="3.91.1")
CALL = Primitive(name="function call", group="switch", median_ns=28.0, quartiles_ns=(27.0, 29.0), rounds=9, steps=10)
Verdicts = dict[str, Any]


@pytest.fixture(autouse=True)
def verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verdicts:
    """What becomes of each interpreter: a verdict, or what is raised; ok unless it is changed."""
    becomes: Verdicts = {}

    def measure(one: Interpreter, _benchmarks: Path) -> Column:
        verdict = becomes.get(one.short, "ok")
        if not isinstance(verdict, str):
            raise verdict
        reason = "" if verdict == "ok" else "a reason"
        return Column(interpreter=one.short, verdict=verdict, reason=reason, primitives=[CALL] * (verdict == "ok"))

    def resolve_each(names: list[str]) -> tuple[list[Interpreter], list[ConcurError]]:
        known = {one.short: one for one in (ONE, OTHER)}
        errors: list[ConcurError] = [MachineError(f"{name} cannot be used") for name in names if name not in known]
        return [known[name] for name in names if name in known], errors

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("concur.bench.primitives.measure", measure)
    monkeypatch.setattr("concur.bench.primitives.suite", lambda: tmp_path)
    monkeypatch.setattr("concur.interpreters.find.resolve_each", resolve_each)
    monkeypatch.setattr("concur.interpreters.find.current", lambda: ONE)
    return becomes


Run = Callable[..., int]


@pytest.fixture
def run() -> Run:
    def run(interpreters: str | None = None, *, plot: Path | None = None, **exports: str) -> int:
        return primitives({"interpreters": interpreters, "models": None}, None, exports, plot)

    return run


def saved() -> dict[str, Any]:
    (path,) = Path(".concur/results").glob("primitives-*.json")
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def test_without_names_it_is_this_interpreter(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    out, err = capsys.readouterr()
    assert "28 ns" in out
    assert "3.90" in out
    assert "1 interpreter, about" in err


def test_the_plan_is_shown_and_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["bench", "--primitives", "-i", "3.91,3.90", "--show-plan"])
    assert end.value.code == 0
    assert capsys.readouterr().out == "2 interpreters, about 40 s: 3.91, 3.90\n"
    assert not Path(".concur").exists()


def test_several_stand_side_by_side_and_are_kept(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("3.91,3.90") == 0
    assert "3.91" in capsys.readouterr().out
    assert [column["interpreter"] for column in saved()["columns"]] == ["3.91", "3.90"]
    assert saved()["complete"] is True


def test_one_document_and_nothing_else_if_asked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("3.90", json="-") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["columns"][0]["primitives"][0] == {
        "name": "function call",
        "group": "switch",
        "verdict": "ok",
        "reason": "",
        "median_ns": 28.0,
        "quartiles_ns": [27.0, 29.0],
        "rounds": 9,
        "steps": 10,
    }


def test_a_picture_is_drawn(run: Run, tmp_path: Path) -> None:
    assert run("3.90", plot=tmp_path / "p.svg") == 0
    assert (tmp_path / "p.svg").read_text().startswith("<?xml")


def test_one_that_fails_makes_the_status_1_and_the_others_go_on(
    run: Run, verdicts: Verdicts, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts["3.90"] = "failed"
    assert run("3.90,3.91") == 1
    out = capsys.readouterr().out
    assert "28 ns" in out
    assert "3.90: a reason" in out


def test_one_that_is_absent_is_a_line(run: Run, verdicts: Verdicts, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts["3.90"] = "absent"
    assert run("3.90,3.91") == 0
    assert "3.90: a reason" in capsys.readouterr().out


def test_where_all_are_absent_nothing_was_measured(run: Run, verdicts: Verdicts) -> None:
    verdicts["3.90"] = "absent"
    with pytest.raises(MachineError, match="no primitive can be measured on 3.90: a reason"):
        run("3.90")


def test_one_that_cannot_be_used_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("3.90,3.5") == 1
    assert "concur: 3.5 cannot be used" in capsys.readouterr().err


def test_interrupted_it_shows_and_keeps_what_there_is(
    run: Run, verdicts: Verdicts, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts["3.91"] = KeyboardInterrupt()
    assert run("3.90,3.91") == 130
    assert "28 ns" in capsys.readouterr().out
    assert (len(saved()["columns"]), saved()["complete"]) == (1, False)


def test_options_that_have_no_meaning_here_are_refused() -> None:
    with pytest.raises(UsageError, match="goes without --models, --fail-if, --export-csv"):
        primitives({"interpreters": "3.90", "models": "threads", "fail_if": "x"}, None, {"csv": "-"}, None)


def test_a_folder_that_cannot_be_written_to_is_an_error(run: Run) -> None:
    Path(".concur").touch()
    with pytest.raises(MachineError, match="results cannot be written"):
        run()


def test_the_verb_leads_here(capsys: pytest.CaptureFixture[str]) -> None:
    for words, status in ((["-i", "3.90"], 0), (["-r", "2"], 2), (["--quick"], 2)):
        with pytest.raises(SystemExit) as raised:
            main(["bench", "--primitives", *words])
        assert (raised.value.code or 0) == status
    out, err = capsys.readouterr()
    assert "28 ns" in out
    assert "--primitives goes without --rounds" in err
    assert "--quick is one round, and does not go with --primitives" in err
