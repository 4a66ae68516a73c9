"""A course as a folder; and that each lab of concur's own keeps its promises, here and on other Pythons."""

from pathlib import Path

import pytest

from concur.errors import UsageError
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current
from concur.labs.course import OURS, Course, find_course, load_course
from concur.labs.lab import Kind, Lab
from concur.labs.linting import interpreters_for, kind_of, lint

LABS = [lab.name for lab in find_course(OURS).labs]
OTHERS: list[Kind] = ["cpython", "free-threaded", "pypy"]


@pytest.fixture
def ours() -> Course:
    return find_course(OURS)


def test_every_lab_of_ours_can_be_read(ours: Course) -> None:
    assert ours.broken == []


def test_the_cut_is_there(ours: Course) -> None:
    assert set(ours.cut) <= {lab.number for lab in ours.labs}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", LABS)
def test_a_lab_keeps_its_promises(ours: Course, name: str) -> None:
    assert lint(ours.lab(name)) == []


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("name", LABS)
def test_a_lab_keeps_its_promises_on_other_pythons(ours: Course, name: str, kind: Kind) -> None:
    """On the newest of each kind that the lab names, as far as there is one on this machine."""
    lab = ours.lab(name)
    if kind not in lab.runs_on:
        pytest.skip(f"the lab does not say that it runs on {kind}")
    assert lint(lab, _newest(lab, kind)) == []


def _newest(lab: Lab, kind: Kind) -> Interpreter:
    here = current()
    found = [one for one in interpreters_for(lab) if kind_of(one) == kind and one.identity != here.identity]
    found = [one for one in found if one.jit != "on" or kind == "pypy"]
    if not found:
        pytest.skip(f"there is no other {kind} on this machine")
    return max(found, key=lambda one: [int(part) for part in one.version.split(".")[:2]])


# Courses of others


@pytest.fixture
def course(lab: Lab) -> Course:
    """Labs 01-doubling, 02-double-trouble and 12-other, the second of which cannot be read."""
    folder = lab.folder.parent
    other = folder / "12-other"
    other.mkdir()
    (other / "lab.toml").write_bytes((lab.folder / "lab.toml").read_bytes())
    (folder / "02-double-trouble").mkdir()
    (folder / "notes").mkdir()
    return load_course(folder)


def test_a_folder_of_labs_is_a_course(course: Course) -> None:
    assert (course.title, [lab.name for lab in course.labs]) == ("course", ["01-doubling", "12-other"])
    assert [broken.name for broken in course.broken] == ["02-double-trouble"]


@pytest.mark.parametrize("word", ["1", "01", "doubling", "01-doubling", "doubli", "01-d"])
def test_a_lab_goes_by_number_slug_and_beginnings(course: Course, word: str) -> None:
    assert course.lab(word).number == 1


@pytest.mark.parametrize("word", ["3", "dbling", "", "¹", "-1", "01/../.."])
def test_what_means_no_lab_names_the_nearest(course: Course, word: str) -> None:
    with pytest.raises(UsageError, match="unknown lab"):
        course.lab(word)


def test_what_means_several_says_which(course: Course) -> None:
    with pytest.raises(UsageError, match="means several labs: 01-doubling, 02-double-trouble"):
        course.lab("doub")


def test_a_broken_lab_says_what_is_broken_when_it_is_asked_for(course: Course) -> None:
    with pytest.raises(UsageError, match=r"02-double-trouble cannot be read: lab.toml: No such file"):
        course.lab("2")


def test_blocks_give_the_order(course: Course) -> None:
    text = 'title = "Mine"\ncut = [12]\n[[blocks]]\ntitle = "All"\nlabs = [12, 99, 1]\n'
    (course.folder / "course.toml").write_text(text)
    again = load_course(course.folder)
    assert ([lab.number for lab in again.labs], again.cut, again.title) == ([12, 1], [12], "Mine")
    first, second = again.labs
    assert (again.after(first), again.after(second)) == (second, None)
    assert again.block_of(first) == again.blocks[0]


@pytest.mark.parametrize("text", ["title = ", "title = 3", "nonsense = 1", "[[blocks]]\nlabs = 3"])
def test_an_order_that_is_not_understood_is_said(course: Course, text: str) -> None:
    (course.folder / "course.toml").write_text(text)
    with pytest.raises(UsageError, match=r"course.toml is not understood"):
        load_course(course.folder)


def test_where_there_is_no_course_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "not-there"):
        with pytest.raises(UsageError, match="there is no course in"):
            find_course(tmp_path / folder)
    monkeypatch.setenv("CONCUR_COURSE", str(tmp_path / "named"))
    with pytest.raises(UsageError, match="named"):
        find_course()
