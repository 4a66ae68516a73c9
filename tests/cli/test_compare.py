"""`concur compare` as a user runs it: what it prints, its exit status, and how it refuses."""

import json

import msgspec
import pytest

from concur.cli import main

RATES = [1e5 + 100 * n for n in range(12)]


@pytest.fixture
def files(runs, tmp_path, monkeypatch):
    """a.json, and b.json in which callbacks is slower by a fifth; more by `write`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    cells = [
        runs.cell("threads", RATES, begins_s=1000),
        runs.cell("callbacks", [0.8 * rate for rate in RATES], begins_s=1000),
    ]
    made = {"a": runs.run("a", [runs.cell("threads", RATES), runs.cell("callbacks", RATES)]), "b": runs.run("b", cells)}
    for name, run in made.items():
        (tmp_path / f"{name}.json").write_bytes(msgspec.json.encode(run))
    return tmp_path


def change(folder, name, **changed):
    document = json.loads((folder / "b.json").read_text()) | changed
    (folder / f"{name}.json").write_text(json.dumps(document))


def run(*arguments):
    with pytest.raises(SystemExit) as raised:
        main(["compare", *arguments])
    return int(raised.value.code or 0)


def test_a_comparison_is_a_table_and_sentences(files, capsys):
    assert run("a.json", "b.json") == 0
    shown, errors = capsys.readouterr()
    assert shown.startswith("b.json against a.json: 1 slower, 1 no difference found\n")
    assert "Slower than in the reference run: callbacks" in " ".join(shown.split())
    assert errors == ""


@pytest.mark.parametrize(
    ("condition", "status"),
    [("rate<0.95*ref", 1), ("rate<0.5*ref", 0), ("threads: rate<0.95*ref", 0), ("errors>0", 0), ("p99>1ms", 1)],
)
def test_a_condition_that_holds_makes_the_status_1(files, capsys, condition, status):
    assert run("a.json", "b.json", "--fail-if", "wrong>0", "--fail-if", condition) == status
    assert condition in capsys.readouterr().out


def test_several_runs_are_compared_with_the_first(files, capsys):
    change(files, "c", id="c")
    assert run("a.json", "b.json", "c.json", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["comparison"]["new"] for one in found] == ["b.json", "c.json"]


def test_json_is_one_document_with_the_conditions(files, capsys):
    assert run("a.json", "b.json", "--json", "--fail-if", "rate<0.95*ref") == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert [move["verdict"] for move in found["comparison"]["moves"]] == ["no difference found", "slower"]
    assert [one["verdict"] for one in found["conditions"]] == ["does not hold", "holds"]


def test_markdown_goes_to_a_file_beside_the_table(files, capsys):
    assert run("a.json", "b.json", "--markdown", "summary.md") == 0
    assert (files / "summary.md").read_text().startswith("### b.json against a.json")
    assert "b.json against a.json" in capsys.readouterr().out


def test_markdown_on_stdout_is_alone_there(files, capsys):
    assert run("a.json", "b.json", "--markdown", "-") == 0
    assert capsys.readouterr().out.startswith("### b.json against a.json")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"schema": 1}, "older concur"),
        ({"schema": 99}, "newer concur"),
        ({"cells": []}, "bad.json holds no trial"),
        ({"id": "a"}, "one and the same run"),
        ({"machine": {"cpu": "another"}}, "from different machines: cpu a CPU and another"),
    ],
)
def test_the_incomparable_is_refused_in_one_line(files, capsys, changed, message):
    change(files, "bad", **changed)
    assert run("a.json", "bad.json") == 2
    shown, errors = capsys.readouterr()
    assert message in errors
    assert (shown, errors.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("content", "message"), [(b'{"schema": 2, "cells": [', "not a whole run"), (b"hello", "not a whole run")]
)
def test_a_file_cut_short_is_refused(files, capsys, content, message):
    (files / "cut.json").write_bytes(content)
    assert run("a.json", "cut.json") == 2
    assert message in capsys.readouterr().err


def test_a_condition_that_is_not_understood_is_pointed_at_before_anything_is_read(files, capsys):
    assert run("a.json", "nowhere.json", "--fail-if", "p99>5parsecs") == 2
    assert capsys.readouterr().err.endswith("\n  p99>5parsecs\n       ^\n")


def test_two_documents_do_not_share_stdout(files, capsys):
    assert run("a.json", "b.json", "--json", "--markdown", "-") == 2
    assert "two documents" in capsys.readouterr().err


def test_runs_of_two_machines_are_shown_anyway(files, capsys):
    change(files, "other", machine={"cpu": "another"})
    assert run("a.json", "other.json", "--anyway") == 0
    assert "nothing is claimed" in " ".join(capsys.readouterr().out.split())


def test_a_gate_across_machines_does_not_pass(files, capsys):
    change(files, "other", machine={"cpu": "another"})
    assert run("a.json", "other.json", "--anyway", "--fail-if", "rate<0.1*ref") == 1
    assert "it is from another machine" in " ".join(capsys.readouterr().out.split())
