from pathlib import Path

import pytest

from concur.errors import MachineError, UsageError
from concur.labs.folder import MOST_KEPT, LearnersFolder
from concur.labs.lab import Lab


@pytest.fixture
def folder(tmp_path: Path) -> LearnersFolder:
    return LearnersFolder(tmp_path / "mine")


def test_a_lab_begins_as_a_copy_of_start(folder: LearnersFolder, lab: Lab) -> None:
    work = folder.begin(lab)
    assert work == folder.work(lab) == folder.path / "01-doubling" / "work.py"
    assert work.read_bytes() == lab.start.read_bytes()
    assert (work.parent / "README.md").read_text() == lab.readme


def test_to_begin_again_changes_nothing(folder: LearnersFolder, lab: Lab) -> None:
    folder.begin(lab).write_text("mine")
    assert folder.begin(lab).read_text() == "mine"


def test_what_was_kept_is_restored_and_what_is_there_is_left(folder: LearnersFolder, lab: Lab) -> None:
    work = folder.begin(lab)
    for text in ("one", "two"):
        work.write_text(text)
        folder.keep(lab)
    assert not folder.restore(lab)
    work.unlink()
    assert folder.restore(lab)
    assert work.read_text() == "two"


def test_to_begin_a_lab_whose_folder_is_gone_brings_the_work_back(folder: LearnersFolder, lab: Lab) -> None:
    work = folder.begin(lab)
    work.write_text("mine")
    folder.keep(lab)
    work.unlink()
    assert folder.begin(lab).read_text() == "mine"


def test_nothing_is_restored_where_nothing_was_kept(folder: LearnersFolder, lab: Lab) -> None:
    assert not folder.restore(lab)


def test_every_version_is_kept_once_and_the_oldest_go(folder: LearnersFolder, lab: Lab) -> None:
    work = folder.begin(lab)
    for number in range(MOST_KEPT + 5):
        work.write_text(str(number))
        folder.keep(lab)
        folder.keep(lab)
    kept = folder._kept(lab)
    assert len(kept) == MOST_KEPT
    assert (kept[0].read_text(), kept[-1].read_text()) == ("5", str(MOST_KEPT + 4))


def test_a_reset_keeps_the_old_work_aside(folder: LearnersFolder, lab: Lab) -> None:
    work = folder.begin(lab)
    for number in (1, 2):
        work.write_text(f"mine {number}")
        aside = folder.reset(lab)
        assert aside == work.with_name(f"work-{number}.py")
        assert aside.read_text() == f"mine {number}"
    assert work.read_bytes() == lab.start.read_bytes()


def test_a_reset_of_nothing_begins(folder: LearnersFolder, lab: Lab) -> None:
    assert folder.reset(lab) is None
    assert folder.work(lab).exists()


def test_a_course_without_start_says_so(folder: LearnersFolder, lab: Lab) -> None:
    lab.start.unlink()
    with pytest.raises(UsageError, match="not whole"):
        folder.begin(lab)


def test_a_file_where_a_folder_should_be_is_said(tmp_path: Path, lab: Lab) -> None:
    (tmp_path / "mine").write_text("")
    folder = LearnersFolder(tmp_path / "mine")
    for do in (folder.create, lambda: folder.begin(lab), lambda: folder.keep(lab)):
        with pytest.raises(MachineError, match="another folder"):
            do()


def test_it_is_found_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCUR_LABS_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    assert LearnersFolder.find().path == tmp_path / "concur-labs"
    inside = tmp_path / "mine/01-doubling"
    inside.mkdir(parents=True)
    (tmp_path / "mine/progress.json").touch()
    monkeypatch.chdir(inside)
    assert LearnersFolder.find().path == tmp_path / "mine"
    assert LearnersFolder.find(tmp_path / "given").path == tmp_path / "given"
    monkeypatch.setenv("CONCUR_LABS_FOLDER", str(tmp_path / "named"))
    assert LearnersFolder.find().path == tmp_path / "named"
