from typing import Any

import pytest

from concur.labs.lab import Lab, load_lab
from concur.labs.prose import FILES, problems_of_text


def problems(lab: Lab) -> list[str]:
    return [f"{where}: {what}" for where, what in problems_of_text(load_lab(lab.folder))]


def test_a_whole_lab_has_none(lab: Lab) -> None:
    assert problems(lab) == []


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_to_be_there(lab: Lab, name: str) -> None:
    (lab.folder / name).unlink()
    assert f"{name}: is not there" in problems(lab)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('rationale = "It is called with a number drawn anew."', "", "the check doubles has no rationale"),
        ('help = "What is a number plus itself?"', 'help = " "', "the check doubles has no help"),
        ('fails = "doubles"\nidea = "times', 'fails = "halves"\nidea = "times', "there is no such check"),
        ('file = "squared.py"', 'file = "cubed.py"', "wrong/cubed.py: is not there"),
        ('file = "squared.py"', 'file = "cubed.py"', "says nothing of wrong/squared.py"),
        ('cheat = "patched clock"', "", "has no wrong answer whose cheat is «patched clock»"),
        ('why = "Since 21 + 21 is 42."', "", "the prediction answer has no why"),
        ('kind = "number"', 'kind = "choice"', "the prediction answer has no choices"),
        ("do = 2", "do = 0", "has no minutes to do"),
        ('id = "doubles"', 'id = "trebles"', "has no check_trebles"),
        ('id = "doubles"', 'id = "trebles"', "has no check for checks.py's check_doubles"),
        ("needs = []", "requires = [3]", "requires lab 3, which comes after it"),
    ],
)
def test_what_lab_toml_lacks_is_named(lab: Lab, old: str, new: str, said: str) -> None:
    path = lab.folder / "lab.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert any(said in problem for problem in problems(lab)), problems(lab)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hints.md", "## One\n\na\n\n## Two\n\nb\n", "has 2 headings that begin with `## `, not 3"),
        ("hints.md", "## One\n\na\n\n## Two\n\n## Three\n\nc\n", "says nothing under «Two»"),
        ("README.md", "# Doubling\n\nDo it.\n", "has no numbered tasks"),
        ("notes.md", "\n", "notes.md: says nothing"),
    ],
)
def test_what_is_not_written_is_named(lab: Lab, name: str, text: str, said: str) -> None:
    (lab.folder / name).write_text(text)
    assert any(said in problem for problem in problems(lab))


def test_two_wrong_answers_are_too_few(lab: Lab) -> None:
    path = lab.folder / "lab.toml"
    path.write_text(path.read_text()[: path.read_text().rindex("[[wrong]]")])
    assert "lab.toml: has 2 wrong answers, not 3 or more" in problems(lab)


def test_an_answer_that_is_no_choice_is_named(lab: Lab) -> None:
    explain: Any = '\n[explain]\nask = "Why?"\nanswer = "c"\n[[explain.choices]]\nid = "a"\ntext = "So"\n'
    path = lab.folder / "lab.toml"
    path.write_text(path.read_text() + explain)
    assert "lab.toml: explain's answer c is none of its choices" in problems(lab)
    path.write_text(path.read_text().replace('answer = "c"', ""))
    assert "lab.toml: explain has no answer, and evidence.py no explain(measured)" in problems(lab)
