"""The files of the talk, and which decks are meant."""

import pytest

from concur.errors import MachineError, UsageError
from concur.slides import build


@pytest.mark.parametrize("name", ["1", "1-sample", "1-sample.md", "slides/1-sample.md"])
def test_a_deck_is_named_by_its_number_its_name_or_its_file(sample, name):
    assert [deck.name for deck in build.decks_in(sample, [name])] == ["1-sample"]


@pytest.mark.parametrize("name", ["2", "1-smaple", ""])
def test_a_deck_that_is_not_there_is_one_message(sample, name):
    with pytest.raises(UsageError, match="unknown deck"):
        build.decks_in(sample, [name])


def test_a_folder_without_decks_is_one_message(tmp_path):
    with pytest.raises(UsageError, match="no deck in"):
        build.decks_in(tmp_path)


def test_a_page_for_each_deck_and_one_for_all(sample, tmp_path):
    paths = build.write(build.decks_in(sample), build.pictures_of(sample), tmp_path / "a/b")
    assert [path.name for path in paths] == ["1-sample.html", "index.html"]
    assert all(path.read_text("utf-8").startswith("<!doctype html>") for path in paths)


def test_a_folder_that_cannot_be_written_is_one_message(sample, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        build.write(build.decks_in(sample), build.pictures_of(sample), tmp_path / "file/sub")


def test_one_deck_by_itself_is_not_held_to_what_others_lack(sample):
    file = sample / "schedule.toml"
    more = '\n[[decks]]\nname = "2-more"\nminutes = 1\ntopics = { threads = 1 }\n'
    file.write_text(file.read_text().replace("minutes = 6\n\n", "minutes = 7\n\n", 1) + more)
    decks = build.decks_in(sample)
    assert build.problems(decks, sample, is_whole=False) == []
    assert [one.what for one in build.problems(decks, sample, is_whole=True)] == ["2-more is missing"]
