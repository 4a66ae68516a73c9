from pathlib import Path

import pytest
from rich.text import Text

from concur.report.labs.screen import printable
from tests.report.labs.screens import screen, shown


def test_further_lines_stand_under_the_first_ones_text() -> None:
    on = screen(30)
    on.hanging("why  ", "one two three four five six seven")
    assert shown(on) == "why  one two three four five\n     six seven\n"


def test_plain_rows_are_sentences() -> None:
    on = screen(is_plain=True)
    on.table(["lab", "state", "about"], [["1", "begun", ""], ["2", Text("to do", style="red"), "x"]])
    assert shown(on) == "lab 1, state begun.\nlab 2, state to do, about x.\n"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_keeps_within_the_width(width: int) -> None:
    on = screen(width)
    on.table(["lab", "title"], [["1", "a title of many words " * 10]])
    assert max(map(len, shown(on).splitlines())) <= width


def test_a_bar_is_filled_by_its_share_and_absent_from_plain() -> None:
    assert screen().bar(0.25, 8).plain == "██░░░░░░"
    assert screen(is_plain=True).bar(0.25).plain == ""


def test_only_the_end_of_many_lines_is_shown_and_that_is_said() -> None:
    on = screen()
    on.block("\n".join(map(str, range(10))), indent=2, most=2)
    assert shown(on) == "  … 8 lines before\n  8\n  9\n"


def test_a_long_line_goes_on_below_itself() -> None:
    on = screen(30)
    on.block("    return " + "x " * 15, indent=2)
    assert shown(on) == "      return x x x x x x x x x\n      x x x x x x\n"


def test_control_characters_of_a_learners_output_do_nothing() -> None:
    assert printable("a\x1b[2Jb\rc\nd") == "a�[2Jb�c\nd"
    on = screen()
    on.hanging("", "a\x1b[2Jb")
    assert "\x1b" not in shown(on)


def test_a_path_is_a_link_only_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for is_terminal, is_plain, has_link in ((False, False, False), (True, False, True), (True, True, False)):
        on = screen(is_terminal=is_terminal, is_plain=is_plain)
        on.hanging("", on.path(tmp_path / "work.py"))
        assert ("\x1b]8;" in shown(on)) == has_link
        assert "work.py" in shown(on)


def test_a_path_elsewhere_is_shown_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert screen().path(tmp_path / "work.py").plain == str(tmp_path / "work.py")
