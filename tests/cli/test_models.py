import json

import pytest

from concur import catalog
from concur.cli import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["models", *arguments])
    return int(raised.value.code or 0)


def test_json_has_the_stable_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [row.id for row in catalog.MODELS]
    assert {tuple(row) for row in rows} == {("id", "services", "family", "available", "reason")}


def test_a_model_that_cannot_run_says_why(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "missing", lambda row: "needs luck" if row.id == "threads" else "")
    run("--json")
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["threads"]["available"], rows["threads"]["reason"]) == (False, "needs luck")
    assert (rows["sequential"]["available"], rows["sequential"]["reason"]) == (True, "")


def test_the_table_names_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    shown = capsys.readouterr().out
    assert all(row.id in shown for row in catalog.MODELS)


def test_another_interpreter_is_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = {row.id: "not there" for row in catalog.MODELS}
    monkeypatch.setattr("concur.cli.models._reasons_in", lambda name: reasons if name == "3.14" else {})
    assert run("-i", "3.14", "--json") == 0
    assert {row["reason"] for row in json.loads(capsys.readouterr().out)} == {"not there"}
