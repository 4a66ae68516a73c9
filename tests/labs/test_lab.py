from pathlib import Path
from typing import Any

import pytest

from concur.errors import UsageError
from concur.labs.lab import Lab, load_lab, parse_hints


def test_a_folder_is_a_lab(lab: Lab) -> None:
    assert (lab.number, lab.slug, lab.name) == (1, "doubling", "01-doubling")
    assert [check.function for check in lab.checks] == ["check_doubles"]
    assert [hint.title for hint in lab.hints] == ["Where", "Which", "Almost"]
    assert (lab.minutes.total, lab.points, lab.checks[0].seconds) == (3, 2, 10.0)
    assert lab.readme.startswith("# Doubling")
    assert lab.folder.is_absolute()


def test_a_check_with_dashes_is_a_function_with_underscores(make_lab: Any) -> None:
    [check] = make_lab().checks
    assert type(check)(id="first-touch", title="").function == "check_first_touch"


def test_hints_begin_with_their_headings() -> None:
    assert parse_hints("# All\n\nnot this\n\n##  One \n\na\n### b\n## Two\n") == [("One", "a\n### b"), ("Two", "")]


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("title = ", "no TOML"),
        ("title = 3", "Expected `str`, got `int`"),
        ("", "missing required field"),
        ('nonsense = "x"', "unknown field `nonsense`"),
    ],
)
def test_what_is_not_understood_is_said_with_its_reason(lab: Lab, toml: str, why: str) -> None:
    (lab.folder / "lab.toml").write_text(toml)
    with pytest.raises(UsageError, match=why):
        load_lab(lab.folder)


def test_bytes_that_are_no_text_are_said(lab: Lab) -> None:
    (lab.folder / "lab.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(UsageError, match="no TOML"):
        load_lab(lab.folder)


def test_two_checks_of_one_name_are_refused(lab: Lab) -> None:
    text = (lab.folder / "lab.toml").read_text()
    part = text[text.index("[[checks]]") : text.index("[[wrong]]")]
    (lab.folder / "lab.toml").write_text(text + part)
    with pytest.raises(UsageError, match="two checks are called 'doubles'"):
        load_lab(lab.folder)


def test_half_a_folder_is_read_as_far_as_it_goes(lab: Lab) -> None:
    for name in ("hints.md", "README.md", "notes.md"):
        (lab.folder / name).unlink()
    again = load_lab(lab.folder)
    assert (again.hints, again.readme, again.notes) == ([], "", "")


@pytest.mark.parametrize("name", ["doubling", "1-doubling", "01_doubling", "01-Doubling"])
def test_a_folder_of_another_name_is_no_lab(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="NN-slug"):
        load_lab(tmp_path / name)
