"""What makes no sense to `concur labs`, and what has gone wrong around it, is one message."""

import json
from pathlib import Path

import pytest

from concur.labs.folder import LearnersFolder
from concur.labs.progress import open_progress
from tests.cli.lab_verbs.builders import PREDICTED, Labs, begun


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc"], "unknown command 'labs chekc'. Did you mean labs check"),
        (["5"], "`concur labs start 5` begins lab 5"),
        (["start", "9"], "unknown lab '9'"),
        (["start", "frist-one"], "Did you mean 01-first-one"),
        (["check"], "there is no folder concur-labs: no lab is begun here. `concur labs start` begins one"),
        (["--course", "nowhere", "list"], "there is no course in"),
        (["schedule", "--minutes", "5"], "5 minutes are too few"),
        (["schedule", "--at", "25:00"], "'25:00' is no time of day"),
        (["class", "nowhere"], "there is no folder nowhere"),
        (["new", "Not A Name"], "is no name for a lab"),
        (["lint", "--busy", "1000"], "--busy 1000 makes no sense"),
        (["explore", "nowhere.py"], "cannot read nowhere.py"),
        (["explore", "x.py", "--at", "lines"], "unknown place to switch at 'lines'"),
        (["explore", "x.py", "--preemptions", "99"], "--preemptions cannot be 99. Give 0 to 10"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_one_message_and_status_2(labs: Labs, arguments: list[str], said: str) -> None:
    status, out, err = labs(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "2"], "lab 2, Second one, is not begun. `concur labs start 2` begins it"),
        (["predict", "--answer", "together"], "--answer together has no value"),
        (["predict", "--answer", "other=1"], "unknown prediction 'other'"),
        (["predict", "--answer", "together=many"], "Expected: a number such as"),
        (["explain"], "lab 1 is not passed yet"),
        (["watch", "--interval", "1ms"], "an interval of 1ms makes no sense"),
        (["start", "1", "--edit"], "no editor is set"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_in_a_lab_is_one_message_too(labs: Labs, arguments: list[str], said: str) -> None:
    begun(labs)
    status, _, err = labs(*arguments)
    assert status == 2
    assert said in err


def test_a_work_file_that_is_gone_is_brought_back_and_that_is_said(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED)
    work = place / "concur-labs" / "01-first-one" / "work.py"
    work.write_text("mine = 1\n")
    begun(labs, ("check",))
    work.unlink()
    status, _, err = labs("check")
    assert status == 1
    assert "was gone; it is back as it was last kept" in " ".join(err.split())
    assert work.read_text() == "mine = 1\n"


def test_a_broken_progress_file_is_said_and_the_backup_taken(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED, ("hint",))
    (place / "concur-labs" / "progress.json").write_text('{"version": 1, "labs"')
    status, out, err = labs()
    assert status == 0
    assert "progress.json could not be read" in err
    assert err.count("concur: ") == 1
    assert "1 of 2 labs" not in out


def test_a_second_runner_is_told_of_the_first(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(labs)
    folder = LearnersFolder(place / "concur-labs")
    monkeypatch.setattr(
        "concur.labs.progress.open_progress", lambda one, real=open_progress: real(one, patience_s=0.05)
    )
    with open_progress(folder):
        status, _, err = labs("hint")
    assert status == 2
    assert "another runner is at work in this folder" in err


def test_a_mistake_of_our_own_is_a_message(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    begun(labs, PREDICTED)
    monkeypatch.setattr("concur.labs.checking.check", fails)
    status, _, err = labs("check")
    assert status == 2
    assert "that is a mistake in concur itself: ZeroDivisionError: division by zero" in err
    assert "Traceback" not in err


def test_ctrl_c_is_a_message_and_status_130(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    begun(labs, PREDICTED)
    monkeypatch.setattr("concur.labs.checking.check", interrupted)
    status, _, err = labs("check")
    assert status == 130
    assert "concur: interrupted; what was done and answered before is kept." in err


def test_a_folder_that_is_not_there_any_more_is_said(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (gone := place / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    status, _, err = labs()
    assert status == 2
    assert "the current folder is not there: it has been deleted or moved" in err


def test_a_progress_file_of_a_newer_version_is_left_alone(labs: Labs, place: Path) -> None:
    begun(labs)
    path = place / "concur-labs" / "progress.json"
    path.write_text('{"version": 99}')
    for arguments in ((), ("check",), ("hint",)):
        status, _, err = labs(*arguments)
        assert status == 2
        assert "is of version 99: a newer concur has written it" in err
    assert path.read_text() == '{"version": 99}'


def test_a_course_of_which_no_lab_can_be_read_is_said(labs: Labs, tmp_path: Path) -> None:
    for lab in (tmp_path / "course").iterdir():
        (lab / "lab.toml").write_text("title =")
    status, _, err = labs("start")
    assert status == 2
    assert "no lab of course can be read" in err


def test_a_half_deleted_lab_is_said(labs: Labs, tmp_path: Path) -> None:
    begun(labs, PREDICTED)
    for name in ("solution.py", "hints.md", "start.py"):
        (tmp_path / "course" / "01-first-one" / name).unlink()
    for arguments, said in (
        (("solution", "--give-up"), "solution.py cannot be read"),
        (("hint",), "lab 1 has no hints"),
        (("reset",), "start.py: No such file"),
    ):
        status, _, err = labs(*arguments)
        assert status == 2
        assert said in err


def test_a_folder_is_found_from_below(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(labs)
    (place / "deeper").mkdir()
    for below in (place / "deeper", place / "concur-labs" / "01-first-one"):
        monkeypatch.chdir(below)
        assert json.loads(labs("list", "--json")[1])[0]["is_current"]
