"""The files of the talk: a page for each deck, and one that names them all. Reads decks, writes pages."""

from collections.abc import Sequence
from pathlib import Path

from concur.errors import MachineError, UsageError, unknown
from concur.slides import linting, page, schedule
from concur.slides.deck import Deck, Problem, load
from concur.slides.pictures import Pictures

OURS = Path(__file__).resolve().parents[2] / "slides"
OUTPUT = Path(".concur/slides")
INDEX = "index.html"


def decks_in(folder: Path, names: Sequence[str] = ()) -> list[Deck]:
    """The decks of a folder, or those named: by number, by name, or by the beginning of it. Raises UsageError."""
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise UsageError(f"there is no deck in {folder}", do="Name the folder of the decks: --folder DIR.")
    if not names:
        return [load(path) for path in paths]
    return [load(_named(name, paths)) for name in names]


def _named(name: str, paths: Sequence[Path]) -> Path:
    name = Path(name).name.removesuffix(".md")
    exact = [path for path in paths if path.stem == name]
    found = exact or [path for path in paths if name and (path.stem.startswith(name))]
    if len(found) != 1:
        raise unknown("deck", name, [path.stem for path in paths])
    return found[0]


def problems(decks: Sequence[Deck], folder: Path, *, is_whole: bool, own: Path | None = None) -> list[Problem]:
    """What is wrong with these decks; is_whole says that they are all of the talk, which its schedule binds."""
    times = schedule.load(folder) if is_whole or (folder / schedule.FILE).exists() else None
    found = linting.lint(decks, times, pictures_of(folder, own).has, folder)
    return found if is_whole else [one for one in found if not one.file.endswith(schedule.FILE)]


def pictures_of(folder: Path, own: Path | None = None) -> Pictures:
    """Where the pictures of a folder's decks are."""
    return Pictures(folder, own) if own else Pictures(folder)


def write(decks: Sequence[Deck], pictures: Pictures, output: Path, *, is_draft: bool = False) -> list[Path]:
    """The pages of these decks, and the one that names them. Raises MachineError where they cannot be written."""
    texts = {f"{deck.name}.html": page.to_html(deck, pictures, is_draft=is_draft) for deck in decks}
    texts[INDEX] = page.contents_html(decks)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (output / name).write_text(text, encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError(f"{output} cannot be written", why=why, do="Name another folder: -o DIR.") from None
    return [output / name for name in texts]
