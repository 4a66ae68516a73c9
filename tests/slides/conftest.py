"""Decks for tests: the sample that lies beside, and any made of a slide's text."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from concur.slides.deck import Deck, parse

SAMPLE = Path(__file__).with_name("sample")
FRONT = '+++\ntitle = "T"\nminutes = 2\n+++\n'
HEAD = "## A claim\n<!-- topic: threads · minutes: 2 -->\n"
NOTES = "\n???\nSay it.\n"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder with the sample deck, its figure and its schedule, to be changed at will."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "sample"))


@pytest.fixture(scope="session")
def sample_deck() -> Deck:
    path = SAMPLE / "1-sample.md"
    return parse(path, path.read_text("utf-8"))


@pytest.fixture
def deck_of(tmp_path: Path) -> Callable[..., Deck]:
    """The deck that consists of one slide with this text; head and notes are right, if not given."""
    return lambda text="", head=HEAD, notes=NOTES: parse(tmp_path / "1-made.md", FRONT + head + text + notes)
