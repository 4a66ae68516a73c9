from pathlib import Path

import pytest

from concur.errors import MachineError, UsageError
from concur.labs.authoring import new_lab
from concur.labs.checking import check
from concur.labs.lab import load_lab


def test_a_new_lab_has_the_next_number_and_every_part(tmp_path: Path) -> None:
    (tmp_path / "07-before").mkdir()
    lab = load_lab(new_lab(tmp_path, "bounded-queue"))
    assert (lab.number, lab.slug, lab.title) == (8, "bounded-queue", "Bounded queue")
    assert len(lab.hints) == 3
    assert all(check.rationale and check.help for check in lab.checks)
    assert {one.file for one in lab.wrong} == {path.name for path in (lab.folder / "wrong").iterdir()}


def test_a_number_may_be_given(tmp_path: Path) -> None:
    assert new_lab(tmp_path, "30-later").name == "30-later"


@pytest.mark.parametrize("name", ["", "Bounded", "a b", "../a", "a--b", "-a", "07-", "a/b", "100-a", "ä"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a lab"):
        new_lab(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_a_number_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "07-before").mkdir()
    with pytest.raises(UsageError, match="there is a lab 7 already: 07-before"):
        new_lab(tmp_path, "07-after")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        new_lab(tmp_path / "nowhere", "a")


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(MachineError, match="No space left on device"):
        new_lab(tmp_path, "a")
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_lab(tmp_path_factory.mktemp("course"), "a")


@pytest.mark.parametrize("file", ["start.py", "solution.py"])
def test_its_start_fails_and_its_solution_passes(made: Path, file: str) -> None:
    lab = load_lab(made)
    assert all(result.is_passed for result in check(lab, made / file)) == (file == "solution.py")


@pytest.mark.parametrize("file", ["serial.py", "hard_coded.py", "patched_clock.py", "as_they_end.py"])
def test_each_wrong_answer_fails_the_gate_it_names(made: Path, file: str) -> None:
    lab = load_lab(made)
    (wrong,) = (one for one in lab.wrong if one.file == file)
    (result,) = check(lab, made / "wrong" / file, only=[wrong.fails])
    assert result.verdict in ("failed", "tampered"), result
