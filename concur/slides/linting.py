"""What must hold of a deck, beyond its own text: topics, lengths, pictures, quotations, programs, links. Pure rules."""

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from concur.errors import ConcurError
from concur.slides import code, schedule
from concur.slides.counts import COUNTERS
from concur.slides.deck import Block, Deck, Problem, Slide
from concur.slides.schedule import Schedule

LETTERS, CODE_LETTERS, RUN_LETTERS = 72, 88, 80  # of a line that fits; a run has its output beside it
LINES_MOST, CODE_LINES_MOST, RUN_LINES_MOST = 16.0, 20, 15
CODE_LINE, ROW, PICTURE_LINES, GAP = 0.7, 1.2, 8.0, 0.4  # in lines of text
TITLE_LETTERS = 90
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)]*)\)")
RUN_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Breach = tuple[int, str, str, str]  # line, what, why, what to do


def lint(
    decks: Sequence[Deck], times: Schedule | None, has_picture: Callable[[str, str], bool], folder: Path
) -> list[Problem]:
    """All that is wrong, in the order of the decks. has_picture says whether one of that kind and name exists."""
    found: list[Problem] = []
    for deck in decks:
        found += deck.problems
        for slide in deck.slides:
            found += (Problem(str(deck.path), *one) for one in _of_slide(deck, slide, has_picture))
        if times:
            found += schedule.breaches(deck, times)
    found += _repeated(decks)
    if times:
        found += schedule.missing(decks, times, folder)
    return found


def _of_slide(deck: Deck, slide: Slide, has_picture: Callable[[str, str], bool]) -> Iterator[Breach]:
    if slide.topic not in schedule.TOPICS:
        why = f"«{slide.topic}» is none of the sixteen" if slide.topic else "the slide names none"
        yield slide.line, "unknown topic", why, f"Known: {', '.join(schedule.TOPICS)}."
    yield from _lengths(slide)
    for picture in slide.pictures:
        if not has_picture(picture.kind, picture.name):
            why = f"there is no {picture.kind} {picture.name}"
            yield picture.line, f"missing {picture.kind}", why, _where(picture.kind)
        if not picture.alt.strip():
            yield picture.line, "a picture without words", picture.name, "Say what one sees between the brackets."
    for block in slide.blocks:
        yield from _of_block(block)
    yield from _links(deck, slide)


def _where(kind: str) -> str:
    known = {
        "diagram": "Diagrams are drawn by files in concur/slides/diagrams/.",
        "figure": "slides/figures/figures.toml names them; `concur slides figures` draws them.",
    }
    return known.get(kind, "A picture is `diagram:NAME` or `figure:NAME`.")


def _lengths(slide: Slide) -> Iterator[Breach]:
    long = weight(slide)
    if long > LINES_MOST:
        why = f"it is as high as {long:.0f} lines of text, and {LINES_MOST:.0f} fit"
        yield slide.line, "overlong slide", why, "Make two of it, or say less."
    if len(slide.title) > TITLE_LETTERS:
        why = f"its title has {len(slide.title)} letters, and {TITLE_LETTERS} fit in two lines"
        yield slide.line, "overlong slide", why, "Say it shorter."
    for block in slide.blocks:
        lines = block.text.splitlines()
        most = RUN_LINES_MOST if block.run else CODE_LINES_MOST
        if len(lines) > most:
            why = f"its code has {len(lines)} lines, and {most} can be read"
            yield block.line, "overlong slide", why, "Show less of it."
        letters = RUN_LETTERS if block.run else CODE_LETTERS
        if any(len(line) > letters for line in lines):
            why = f"a line of code has over {letters} letters"
            yield block.line, "overlong slide", why, "Break it, or quote another piece."


def weight(slide: Slide) -> float:
    """How high a slide is, about, in lines of text."""
    found = float(bool(slide.pictures)) * PICTURE_LINES + (1.4 if len(slide.title) > 50 else 0.0)
    is_code = False
    for line in slide.body.splitlines():
        if line.startswith("```"):
            is_code = not is_code
            found += GAP
        elif is_code:
            found += CODE_LINE
        elif line.startswith("|"):
            found += ROW if set(line) - set("|-: ") else 0.0
        elif text := LINK.sub(r"\g<text>", IMAGE.sub("", line)).strip():
            found += len(textwrap.wrap(text, LETTERS))
        else:
            found += GAP
    return found


def _of_block(block: Block) -> Iterator[Breach]:
    if block.source:
        yield from _of_quotation(block)
    if block.run:
        yield from _of_program(block)
    for name in block.counters:
        if name not in COUNTERS:
            yield block.line, f"unknown counter «{name}»", f"known: {', '.join(COUNTERS)}", "Name one of these."


def _of_quotation(block: Block) -> Iterator[Breach]:
    try:
        text = code.quoted(block.source)
    except ConcurError as error:
        yield block.line, error.what, error.why, error.do
        return
    if text != block.text:
        why = f"{block.source} reads otherwise by now"
        yield block.line, "the quotation is not the source", why, "`make format` quotes it anew."


def _of_program(block: Block) -> Iterator[Breach]:
    if not RUN_ID.fullmatch(block.run):
        yield block.line, f"bad id «{block.run}»", "an id is small letters, digits and hyphens", "Name it so."
    if block.language != "python":
        yield block.line, "a block that cannot be run", f"it is {block.language or 'no'} code", "Only Python is run."
        return
    try:
        compile(block.text, block.run, "exec")
    except (SyntaxError, ValueError) as error:
        yield block.line, "a block that cannot be run", str(error), "A runnable block is a whole program."


def _links(deck: Deck, slide: Slide) -> Iterator[Breach]:
    """Links within the project lead somewhere."""
    for match in LINK.finditer(IMAGE.sub("", slide.body)):
        target = match["target"].partition("#")[0]
        if "://" not in target and not (deck.path.parent / target).exists():
            yield slide.line, "a link to nothing", f"there is no {target}", "Mend the path, from the deck's folder."


def _repeated(decks: Sequence[Deck]) -> Iterator[Problem]:
    """An id means one block, in all decks."""
    seen: dict[str, str] = {}
    for deck in decks:
        for slide in deck.slides:
            for block in (one for one in slide.blocks if one.run):
                place = f"{deck.path}:{block.line}"
                if block.run in seen:
                    why = f"«{block.run}» is the block of {seen[block.run]}, too"
                    yield Problem(str(deck.path), block.line, "an id twice", why, "Name one of them otherwise.")
                seen.setdefault(block.run, place)
