import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from concur.errors import MachineError
from concur.labs.watching import Change, changes

LOOKS = 100  # ten seconds of them: what has not been noticed by then never is


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "work.py"
    path.parent.mkdir()
    path.write_text("one")
    return path


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def first(watched: Iterator[Change | None]) -> Change:
    """The first change within LOOKS."""
    return next(change for change, _ in zip(watched, range(LOOKS), strict=False) if change)


def saved_by_writing(work: Path) -> None:
    work.write_text("two")


def saved_by_renaming(work: Path) -> None:
    beside = work.with_name(".work.py.swp")
    beside.write_text("two")
    os.replace(beside, work)


def saved_by_deleting_first(work: Path) -> None:
    work.unlink()
    work.write_text("two")


@pytest.mark.parametrize("save", [saved_by_writing, saved_by_renaming, saved_by_deleting_first])
def test_however_an_editor_saves_it_is_one_change(
    work: Path, stop: threading.Event, save: Callable[[Path], None]
) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    assert next(watched) is None
    save(work)
    assert first(watched) == Change(work, True)
    assert [next(watched) for _ in range(3)] == [None] * 3


def test_a_file_that_is_gone_is_told_so(work: Path, stop: threading.Event) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    work.unlink()
    assert first(watched) == Change(work, False)


def test_a_file_saved_unchanged_is_no_change(work: Path, stop: threading.Event) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    work.write_text("one")
    assert [next(watched) for _ in range(5)] == [None] * 5


def test_what_is_saved_while_nobody_listens_is_heard_afterwards(work: Path, stop: threading.Event) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    for text in ("two", "three"):
        work.write_text(text)
    assert first(watched)


def test_it_ends_when_it_is_told_to(work: Path, stop: threading.Event) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    stop.set()
    assert [change for change, _ in zip(watched, range(LOOKS), strict=False) if change] == []


def test_a_folder_that_vanishes_is_an_error(work: Path, stop: threading.Event) -> None:
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    shutil.rmtree(work.parent)
    with pytest.raises(MachineError, match="is not there: it has been deleted or moved"):
        first(watched)


def test_without_watchfiles_the_file_is_looked_at(
    work: Path, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    watched = changes(work, interval_ms=50, stop=stop)
    next(watched)
    work.write_text("two")
    assert first(watched) == Change(work, True)
