import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from concur.catalog import MODELS
from concur.cli import main
from concur.errors import ConcurError, MachineError
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import wanted_libraries
from concur.interpreters.tree import Abilities

NAMES = {
    "short",
    "executable",
    "implementation",
    "version",
    "own_version",
    "gil",
    "free_threaded",
    "jit_available",
    "jit_enabled",
    "build",
    "compiler",
    "is_virtual",
    "environment",
    "libraries",
    "turns_gil_on",
    "refused",
    "models",
    "broken",
}
CPYTHON: dict[str, Any] = {"implementation": "CPython", "compiler": "GCC 16.2.0", "build": "--with-lto"}
FOUND = [
    Interpreter(
        short="3.11",
        version="3.11.7",
        executable="/home/someone/work/.venv/bin/python",
        prefix="/home/someone/work/.venv",
        base_prefix="/usr",
        **CPYTHON,
    ),
    Interpreter(
        short="3.13t",
        version="3.13.15",
        executable="/opt/bin/python3.13t",
        free_threaded=True,
        gil="off",
        environment="/cache/environments/3.13t-0123",
        libraries={"trio": "0.35.0"},
        refused={"gevent": "no wheel, build failed: RuntimeError: it needs luck [and more]"},
        **CPYTHON,
    ),
    Interpreter(short="3.14", version="3.14.8", executable="/opt/bin/python3.14", jit="off", **CPYTHON),
    Interpreter(
        short="pypy3.11",
        version="3.11.17",
        own_version="8.0.1",
        implementation="PyPy",
        executable="/opt/bin/pypy3.11",
        jit="on",
    ),
    Interpreter(
        short="3.9",
        version="3.9.18",
        implementation="CPython",
        executable="/opt/bin/python3.9",
        broken="it is Python 3.9.18, concur needs 3.11 or newer",
    ),
    Interpreter(short="/opt/bin/python3", executable="/opt/bin/python3", broken="it gave no answer within 10 s"),
]


def abilities(one: Interpreter) -> Abilities:
    """Each has trio and nothing else that a model needs; only 3.14 is new enough for all."""
    return Abilities(
        reasons={
            row.id: "needs Python 3.14" if row.id == "subinterpreters" and one.short != "3.14" else "" for row in MODELS
        },
        absent={row.id: [name for name in row.needs if name != "trio"] for row in MODELS},
        libraries={"trio": "0.35.0"},
    )


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the interpreters FOUND, none of which is really there."""
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("concur.interpreters.find.find", lambda: FOUND)
    monkeypatch.setattr("concur.interpreters.survey.ask_catalogue", abilities)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["interpreters", *arguments])
    return int(raised.value.code or 0)


def test_json_has_the_stable_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["short"] for row in rows] == [one.short for one in FOUND]
    assert {frozenset(row) for row in rows} == {frozenset(NAMES)}
    free_threaded = rows[1]
    assert (free_threaded["gil"], free_threaded["free_threaded"]) == ("off", True)
    assert set(free_threaded["models"]) == {row.id for row in MODELS}
    assert free_threaded["models"]["gevent_greenlets"].startswith("gevent: no wheel, build failed")


@pytest.mark.parametrize("width", [80, 120, 200])
def test_all_are_listed_within_the_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert run() == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    assert all(one.short in shown for one in FOUND)
    assert "\x1b" not in shown
    assert "concur needs 3.11 or newer" in " ".join(shown.split())


def test_what_it_can_run_stands_beside_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    run()
    table = capsys.readouterr().out.partition("\n\n")[0]
    rows = {line.split()[0]: line for line in table.splitlines()}
    needing = sum(any(need != "trio" for need in row.needs) for row in MODELS)
    assert f"{len(MODELS) - needing} of {len(MODELS)}" in rows["3.14"]
    assert "off, built without" in rows["3.13t"]
    assert "prepared, 1 library" in rows["3.13t"]
    assert "/opt/bin/python3.13t" in rows["3.13t"]


def test_why_not_stands_under_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With brackets as they are; for what is not prepared, one line says it all."""
    monkeypatch.setenv("COLUMNS", "200")
    run()
    shown = capsys.readouterr().out
    assert "gevent: no wheel, build failed: RuntimeError: it needs luck [and more]" in shown
    assert "needs uvloop: /home/someone/work/.venv/bin/python -m pip install uvloop" in shown
    assert "not prepared: 3.14, pypy3.11." in shown
    assert "concur interpreters prepare 3.14" not in shown


def test_a_name_tells_all_of_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run("3.13t") == 0
    shown = capsys.readouterr().out
    for said in ("--with-lto", "GCC 16.2.0", "trio 0.35.0", "no gevent: no wheel", "/cache/environments/3.13t-0123"):
        assert said in shown
    assert "pypy" not in shown
    assert "not subinterpreters: needs Python 3.14" in shown


def test_a_name_told_twice_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("3.14", "3.14", "--json") == 0
    assert [row["short"] for row in json.loads(capsys.readouterr().out)] == ["3.14"]


def test_an_unknown_name_is_an_error_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["3.41"], ["prepare", "3.14", "3.41"]):
        assert run(*words) == 2
        out, err = capsys.readouterr()
        assert "unknown interpreter '3.41'. Did you mean" in err
        assert out == ""


def test_what_belongs_to_prepare_is_refused_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--force") == 2
    assert run("--again", "gevent", "3.14") == 2
    assert "belong to prepare" in capsys.readouterr().err


# Preparing


class Prepared:
    """Stands for `prepare`: notes what it is called with, says one line, and has the errors that it is to have."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], list[str], bool]] = []
        self.errors: list[ConcurError] = []
        self.interrupted = False

    def __call__(self, chosen: Iterable[Interpreter], say: Any, *, again: list[str], afresh: bool) -> list[ConcurError]:
        names = [one.short for one in chosen]
        self.calls.append((names, again, afresh))
        for name in names:
            say(name, "trio 0.35.0", "there already")
        if self.interrupted:
            raise KeyboardInterrupt
        return self.errors


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    stand_in = Prepared()
    monkeypatch.setattr("concur.interpreters.prepare.prepare", stand_in)
    return stand_in


def test_prepare_takes_one_of_each_usable_kind(prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prepare") == 0
    assert prepared.calls == [(["3.11", "3.13t", "3.14", "pypy3.11"], [], False)]
    out, err = capsys.readouterr()
    assert "3.14     trio 0.35.0       there already\n" in err
    assert "there already" not in out
    assert "pypy3.11" in out


def test_prepare_says_each_line_whole(
    prepared: Prepared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    run("prepare", "3.14")
    assert "3.14     trio 0.35.0       there already\n" in capsys.readouterr().err


def test_prepare_may_be_told_what_to_do_again(prepared: Prepared) -> None:
    assert run("prepare", "3.14", "--again", "gevent, trio", "--force") == 0
    assert prepared.calls == [(["3.14"], ["gevent", "trio"], True)]
    run("prepare", "3.14", "--again", "all")
    assert set(prepared.calls[1][1]) == set(wanted_libraries())


def test_an_unknown_library_is_an_error_with_the_nearest(
    prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("prepare", "--again", "gevnt") == 2
    assert "unknown library 'gevnt'. Did you mean gevent" in capsys.readouterr().err
    assert prepared.calls == []


def test_a_broken_one_is_an_error_and_the_others_are_prepared(
    prepared: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("prepare", "3.9", "3.14") == 2
    assert prepared.calls == [(["3.14"], [], False)]
    out, err = capsys.readouterr()
    assert "it is Python 3.9.18, concur needs 3.11 or newer" in err
    assert "3.14" in out


def test_one_message_is_enough_for_one_full_disk(prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.errors = [MachineError("the cache is full"), MachineError("the cache is full"), MachineError("another")]
    assert run("prepare") == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("concur:")]
    assert said == ["concur: the cache is full", "concur: another"]


def test_interrupted_it_says_how_to_go_on(prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    prepared.interrupted = True
    assert run("prepare") == 130
    out, err = capsys.readouterr()
    assert "interrupted; `concur interpreters prepare` goes on from here" in err
    assert out == ""


def test_prepare_prints_one_document_if_asked(prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prepare", "3.14", "--json") == 0
    assert [row["short"] for row in json.loads(capsys.readouterr().out)] == ["3.14"]
