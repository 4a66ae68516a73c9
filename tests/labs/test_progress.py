import fcntl
import json
import os
from pathlib import Path

import pytest

from concur.errors import MachineError, UsageError
from concur.labs.checking import Result
from concur.labs.folder import LearnersFolder
from concur.labs.lab import Lab
from concur.labs.progress import BACKUP, BROKEN, CAP_S, LOCK, open_progress, read_progress

PASSED = Result(id="doubles", verdict="passed")
SKIPPED = Result(id="doubles", verdict="skipped")
FAILED = Result(id="doubles", verdict="failed", asked="42", seen="41")


@pytest.fixture
def folder(tmp_path: Path) -> LearnersFolder:
    return LearnersFolder(tmp_path / "mine")


def begin(folder: LearnersFolder, lab: Lab, at_s: float = 1000.0) -> None:
    with open_progress(folder, clock=lambda: at_s) as progress:
        progress.begin(lab)
        progress.save()


def test_what_is_saved_is_read_again(folder: LearnersFolder, lab: Lab) -> None:
    with open_progress(folder) as progress:
        progress.begin(lab)
        now = progress.of(lab)
        now.predictions |= {"answer": 42.0, "order": ["b", "a"], "how": "well"}
        now.measured = {"costs": [[0, 1.5]], "answer": 42}
        now.explanation = {"choice": "a", "sentence": "Since."}
        progress.checked(lab, [FAILED])
        progress.save()
    again = read_progress(folder)
    assert again.current == 1
    assert again.of(lab) == now
    assert again.notes == []


def test_a_folder_that_is_not_there_yet_is_a_beginning(folder: LearnersFolder, lab: Lab) -> None:
    progress = read_progress(folder)
    assert (progress.current, progress.of(lab).state) == (None, "new")
    assert not folder.is_there


def test_states_go_on_and_never_back(folder: LearnersFolder, lab: Lab) -> None:
    with open_progress(folder) as progress:
        progress.begin(lab)
        assert progress.of(lab).state == "started"
        progress.checked(lab, [FAILED])
        assert progress.of(lab).state == "started"
        progress.of(lab).state = "given-up"
        progress.checked(lab, [SKIPPED])
        assert progress.of(lab).state == "passed"
        passed_at = progress.of(lab).passed_at
        progress.checked(lab, [FAILED])
        progress.begin(lab)
    now = progress.of(lab)
    assert (now.state, now.attempts, now.results, now.passed_at) == ("passed", 3, [FAILED], passed_at)


def test_minutes_are_the_gaps_between_commands_up_to_a_cap(folder: LearnersFolder, lab: Lab) -> None:
    begin(folder, lab, 1000.0)
    for at_s in (1120.0, 1180.0, 1180.0 + 10 * CAP_S, 900.0):  # the last: the clock was set back
        begin(folder, lab, at_s)
    assert read_progress(folder).of(lab).minutes_spent == pytest.approx((180 + CAP_S) / 60)


def test_what_is_done_takes_no_more_minutes(folder: LearnersFolder, lab: Lab) -> None:
    begin(folder, lab, 1000.0)
    with open_progress(folder, clock=lambda: 1060.0) as progress:
        progress.checked(lab, [PASSED])
        progress.save()
    begin(folder, lab, 1120.0)
    assert read_progress(folder).of(lab).minutes_spent == pytest.approx(1.0)


def test_a_file_cut_short_is_set_aside_and_its_backup_taken(folder: LearnersFolder, lab: Lab) -> None:
    for _ in range(2):
        begin(folder, lab)
    path = folder.path / "progress.json"
    half = path.read_bytes()[:50]
    path.write_bytes(half)
    assert "backup" in read_progress(folder).notes[0]
    with open_progress(folder) as progress:
        assert progress.of(lab).state == "started"
        assert BROKEN in progress.notes[0]
        progress.save()
    assert (folder.path / BROKEN).read_bytes() == half
    assert read_progress(folder).notes == []


def test_a_file_that_is_gone_comes_from_its_backup(folder: LearnersFolder, lab: Lab) -> None:
    for _ in range(2):
        begin(folder, lab)
    (folder.path / "progress.json").unlink()
    with open_progress(folder) as progress:
        assert progress.of(lab).state == "started"
        assert "it is gone" in progress.notes[0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": "x"}', b'{"version": 1, "labs": 3}'])
def test_without_a_backup_either_it_begins_anew_and_says_so(folder: LearnersFolder, lab: Lab, content: bytes) -> None:
    folder.create()
    (folder.path / "progress.json").write_bytes(content)
    (folder.path / BACKUP).write_bytes(content)
    with open_progress(folder) as progress:
        assert progress.of(lab).state == "new"
        assert "begin anew" in progress.notes[0]
    assert (folder.path / BROKEN).read_bytes() == content


def test_a_newer_version_is_refused_and_left_alone(folder: LearnersFolder) -> None:
    folder.create()
    content = json.dumps({"version": 2, "labs": [], "more": True})
    (folder.path / "progress.json").write_text(content)
    for look in (lambda: read_progress(folder), lambda: open_progress(folder).__enter__()):
        with pytest.raises(UsageError, match=r"of version 2.*Bring concur up to date"):
            look()
    assert (folder.path / "progress.json").read_text() == content


def test_two_runners_do_not_write_at_once(folder: LearnersFolder, lab: Lab) -> None:
    begin(folder, lab)
    with open(folder.path / LOCK) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(MachineError, match="another runner"), open_progress(folder, patience_s=0):
            pass
        assert read_progress(folder).current == 1
    with open_progress(folder, patience_s=0):
        pass


def test_a_full_disk_leaves_the_file_as_it_was(
    folder: LearnersFolder, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(folder, lab)
    before = (folder.path / "progress.json").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with open_progress(folder) as progress:
        progress.of(lab).attempts = 7
        with pytest.raises(MachineError, match="No space left"):
            progress.save()
    assert (folder.path / "progress.json").read_bytes() == before
    assert not list(folder.path.glob(".progress.json.*"))
