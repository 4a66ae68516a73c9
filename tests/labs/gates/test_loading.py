import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from concur.labs.gates.loading import MODULE, MissingName, Unloadable, load, source_of


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "work.py"
    sys.modules.pop(MODULE, None)


def test_it_is_a_module_like_any_other(path: Path) -> None:
    path.write_text("import dataclasses\n@dataclasses.dataclass\nclass Point:\n    x: int = 1\n")
    work = load(str(path), source_of(str(path)))
    assert (work.__name__, work.Point().x, sys.modules["work"]) == ("work", 1, work)


def test_its_source_can_be_had_after_its_file_is_gone(path: Path) -> None:
    path.write_text("def run():\n    return 1\n")
    work = load(str(path), source_of(str(path)))
    path.unlink()
    assert inspect.getsource(work.run) == "def run():\n    return 1\n"


def test_a_name_it_lacks_is_an_attribute_error_of_its_own(path: Path) -> None:
    path.write_text("")
    work = load(str(path), "")
    assert not hasattr(work, "run")
    with pytest.raises(MissingName, match="run"):
        work.run  # noqa: B018 # it is looked up


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x = '\xc3\xa9'\n", "x = 'é'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
    ],
)
def test_encodings_are_read_as_python_does(path: Path, content: bytes, text: str) -> None:
    path.write_bytes(content)
    assert source_of(str(path)) == text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"x = 1\n\0", "null byte in line 2"),
        (b"x = '\xe9'\n", "not UTF-8: byte 0xe9 in line 1"),
        (b"\n\n\ny = '\xff'\n", "not UTF-8: byte 0xff in line 4"),
        (b"# coding: klingon\n", "klingon"),
    ],
)
def test_what_is_no_text_is_said(path: Path, content: bytes, what: str) -> None:
    path.write_bytes(content)
    with pytest.raises(Unloadable, match=what):
        source_of(str(path))


def test_a_file_that_is_gone_is_said(path: Path) -> None:
    with pytest.raises(Unloadable, match="No such file"):
        source_of(str(path))


def test_what_is_no_python_shows_the_line(path: Path) -> None:
    with pytest.raises(Unloadable, match="in line 2") as caught:
        load(str(path), "x = 1\nif x\n")
    assert caught.value.detail.splitlines()[0] == "if x"
