"""The journal's file: whole lines, of one crawl, no longer than twice what is needed."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from concur.crawl import journal
from concur.errors import MachineError, UsageError

CRAWL = {"seeds": ["http://a.test/"], "max_depth": 3}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "crawl.journal"


def written(path, *entries):
    saved = journal.create(path, CRAWL)
    for entry in entries:
        saved.append(entry)
    saved.close()


def steps(path):
    with closing(journal.reopen(path, CRAWL)) as saved:
        return [entry for _, entry in saved.entries()]


def again(page, attempts=1):
    return {"again": page, "attempts": attempts, "wait_ns": 5}


def done(page, **more):
    return {"done": page, "status": 200} | more


def test_what_was_appended_is_there_at_once(path):
    saved = journal.create(path, CRAWL)
    saved.append(done(0, links=["/é", 3]))
    assert json.loads(path.read_bytes().splitlines()[1]) == {"done": 0, "status": 200, "links": ["/é", 3]}
    saved.close()


def test_a_cut_last_line_is_dropped_and_what_follows_is_whole(path):
    written(path, done(0), done(1))
    path.write_bytes(path.read_bytes()[:-1])
    saved = journal.reopen(path, CRAWL)
    saved.append(done(2))
    saved.close()
    assert steps(path) == [done(0), done(2)]


def test_a_cut_line_longer_than_a_block_is_dropped(path):
    written(path, done(0), done(1, links=["/" + "x" * 300_000]))
    path.write_bytes(path.read_bytes()[:-1])
    assert steps(path) == [done(0)]


def test_a_file_cut_in_its_first_line_begins_anew(path):
    written(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert steps(path) == []
        assert path.read_bytes() == whole


def test_a_journal_is_not_written_over(path):
    written(path, done(0))
    with pytest.raises(UsageError, match="exists already"):
        journal.create(path, CRAWL)
    assert steps(path) == [done(0)]


def test_what_is_not_there_cannot_be_resumed(path):
    with pytest.raises(UsageError, match="there is no file"):
        journal.reopen(path, CRAWL)


@pytest.mark.parametrize("body", [b"my notes", b"my notes\n", b"[1]\n", b'{"crawl": {}}\n', b"\xff\n", b'{"a":1}\nx'])
def test_a_file_that_is_something_else_is_left_as_it_is(path, body):
    path.write_bytes(body)
    with pytest.raises(UsageError, match="not the journal of a crawl"):
        journal.reopen(path, CRAWL)
    assert path.read_bytes() == body


def test_a_journal_of_another_crawl_is_an_error_in_one_line(path):
    written(path)
    with pytest.raises(UsageError) as caught:
        journal.reopen(path, CRAWL | {"max_depth": None})
    assert str(caught.value) == (
        f"{path} cannot be resumed: it is of a crawl with max_depth 3, this one has max_depth null. "
        "Give what that crawl was given."
    )


def test_a_journal_of_a_newer_version_is_an_error_in_one_line(path):
    path.write_text(json.dumps({"concur_crawl": 2, "crawl": CRAWL}) + "\n")
    with pytest.raises(UsageError) as caught:
        journal.reopen(path, CRAWL)
    assert str(caught.value) == (
        f"{path} cannot be resumed: its version is 2, this concur reads up to 1. "
        "Resume it with the concur that wrote it."
    )


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"", b"[" * 100_000])
def test_a_damaged_line_is_named(path, line):
    written(path, done(0))
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(UsageError, match=r"line 3 is damaged"):
        steps(path)


def test_compaction_keeps_the_last_word_on_each_page(path):
    saved = journal.create(path, CRAWL)
    for entry in (again(0), again(0, 2), done(0, attempts=3), again(1), again(1, 2), done(2)):
        saved.append(entry)
    saved.compact()
    saved.append(done(1))
    saved.close()
    assert steps(path) == [done(0, attempts=3), done(2), again(1, 2), done(1)]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("is_reopened", [False, True])
def test_a_journal_grows_to_twice_what_is_needed_at_most(path, monkeypatch, is_reopened):
    monkeypatch.setattr(journal, "COMPACT_FROM_BYTES", 1000)
    saved = journal.create(path, CRAWL)
    for attempt in range(200):
        if is_reopened:
            saved.close()
            saved = journal.reopen(path, CRAWL)
            assert len(list(saved.entries())) <= 1000
        saved.append(again(attempt % 3, attempt))
        assert path.stat().st_size < 1100
    saved.close()
    assert {(entry["again"], entry["attempts"]) for entry in steps(path)} >= {(2, 197), (0, 198), (1, 199)}


def test_a_small_journal_is_left_as_it_is(path):
    written(path, *(again(0, attempt) for attempt in range(50)))
    assert len(steps(path)) == 50


def test_a_folder_that_cannot_be_written_is_an_error_of_the_machine(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match=r"cannot be made"):
        journal.create(tmp_path / "file" / "crawl.journal", CRAWL)
    with pytest.raises(MachineError, match=r"cannot be read"):
        journal.reopen(tmp_path, CRAWL)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_of_the_machine():
    with closing(journal.Journal(Path("/dev/full"))) as saved, pytest.raises(MachineError, match="No space left"):
        saved.append(done(0))
