"""A deck's Markdown as data. Reads text; looks at no other file.

    +++
    title = "The machine"
    hour = 1
    minutes = 60
    +++
    ## One idea as a claim
    <!-- topic: traps-and-interrupts · minutes: 2 -->
    text, ![what one sees](diagram:trap-and-return), code between fences
    ???
    notes for who speaks

A line `---` lies between two slides. What is wrong with a deck stands in its
`problems`, so that all of it is said at once; what needs other files to be seen is
in `linting.py`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from concur.errors import UsageError

EDGE, NOTES, FENCE = "+++", "???", "```"
META = re.compile(r"<!--\s*(?P<told>topic:.*?)\s*-->")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<kind>\w+):(?P<name>[\w-]+)\)")
BETWEEN = re.compile(r"\s*[·;,|]\s*")


class Problem(NamedTuple):
    """A breach: where, what, why, and what to do."""

    file: str
    line: int
    what: str
    why: str
    do: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: {self.why}. {self.do}"


class Block(NamedTuple):
    """Code between fences: run is its id where it can be run, source where it is quoted from, empty otherwise."""

    line: int
    language: str
    text: str
    run: str = ""
    counters: tuple[str, ...] = ()
    source: str = ""


class Picture(NamedTuple):
    """What is drawn: kind is diagram or figure."""

    line: int
    kind: str
    name: str
    alt: str


class Slide(NamedTuple):
    """One slide; number counts from 1, line is its title's. body is its Markdown without title, facts and notes."""

    number: int
    line: int
    title: str
    topic: str
    minutes: float
    body: str
    notes: str
    blocks: tuple[Block, ...]
    pictures: tuple[Picture, ...]


class Deck(NamedTuple):
    """A deck; name is its file's, without `.md`."""

    path: Path
    title: str
    hour: int
    minutes: float
    slides: tuple[Slide, ...]
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    def runnable(self) -> dict[str, Block]:
        """Its blocks that can be run, by their ids."""
        return {block.run: block for slide in self.slides for block in slide.blocks if block.run}


class Front(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the first slide. The minutes are those of all its slides."""

    title: str
    minutes: float
    hour: int = 0


class Part(NamedTuple):
    """Some lines of the file, and the number of their first."""

    line: int
    lines: list[str]


def load(path: Path) -> Deck:
    """The deck in that file. Raises UsageError where there is none that could be read."""
    try:
        return parse(path, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read", why=error.strerror or str(error), do="Name a deck's file.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no deck", why=f"it is not UTF-8: {error.reason}", do="Save it as UTF-8.") from None


def parse(path: Path, text: str) -> Deck:
    """The deck that this text is; path is for its name and its messages."""
    problems: list[Problem] = []
    front, body = _front(path, text.splitlines(), problems)
    slides = tuple(_slide(path, number, part, problems) for number, part in enumerate(_split(body), 1))
    return Deck(path, front.title, front.hour, front.minutes, slides, tuple(problems))


def _front(path: Path, lines: list[str], problems: list[Problem]) -> tuple[Front, Part]:
    """What stands between the two `+++`, and all that follows."""
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == EDGE), 0)
    if not lines or lines[0].rstrip() != EDGE or not end:
        why = "it does not begin with facts between two lines `+++`"
        problems.append(Problem(str(path), 1, "no title", why, 'Write title = "…" and minutes = … there.'))
        return Front(path.stem, 0), Part(1, lines)
    try:
        found: Any = msgspec.toml.decode("\n".join(lines[1:end]))
        front = msgspec.convert(found, Front)
    except msgspec.MsgspecError as error:
        problems.append(Problem(str(path), 1, "no title", str(error), "It has title, hour and minutes."))
        front = Front(path.stem, 0)
    return front, Part(end + 2, lines[end + 1 :])


def _split(part: Part) -> Iterator[Part]:
    """Slides lie between lines `---`; within a fence that is a line of code."""
    begin, is_code = 0, False
    for at, line in enumerate([*part.lines, "---"]):
        is_last = at == len(part.lines)
        if line.startswith(FENCE) and not is_last:
            is_code = not is_code
        elif line.rstrip() == "---" and (is_last or not is_code):
            if any(one.strip() for one in part.lines[begin:at]):
                yield Part(part.line + begin, part.lines[begin:at])
            begin = at + 1


def _slide(path: Path, number: int, part: Part, problems: list[Problem]) -> Slide:
    at = next((at for at, line in enumerate(part.lines) if line.startswith("## ")), None)
    line = part.line + (at or 0)

    def problem(what: str, why: str, do: str) -> None:
        problems.append(Problem(str(path), line, what, why, do))

    title = "" if at is None else part.lines[at][3:].strip()
    if not title:
        problem("no title", "a slide begins with `## ` and one idea as a claim", "Give it one.")
    cut = _notes_begin(part.lines)
    notes = "\n".join(part.lines[cut + 1 :]).strip()
    if not notes:
        problem("no notes", "after a line `???` stands what to say, to ask, and what goes wrong", "Write them.")
    shown = [one for index, one in enumerate(part.lines[:cut]) if index != at]
    offset = part.line + (1 if at == 0 else 0)
    body = "\n".join(shown)
    topic, minutes = _facts(body, problem)
    return Slide(
        number=number,
        line=line,
        title=title,
        topic=topic,
        minutes=minutes,
        body=COMMENT.sub("", body).strip(),
        notes=notes,
        blocks=tuple(_blocks(Part(offset, shown), problem)),
        pictures=tuple(_pictures(Part(offset, shown))),
    )


def _notes_begin(lines: list[str]) -> int:
    return next((at for at, line in enumerate(lines) if line.rstrip() == NOTES), len(lines))


def _facts(body: str, problem: Any) -> tuple[str, float]:
    """`<!-- topic: … · minutes: … -->`: the topic, and the minutes."""
    match = META.search(body)
    told = dict(_pair(one) for one in BETWEEN.split(match["told"])) if match else {}
    try:
        minutes = float(told.get("minutes", ""))
    except ValueError:
        minutes = 0.0
    if minutes <= 0:
        why = f"minutes: {told['minutes']}" if "minutes" in told else "a slide says how long it takes"
        problem("no minutes", why, "Write `<!-- topic: … · minutes: 2 -->` below its title.")
    return told.get("topic", ""), max(minutes, 0.0)


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key.strip(), value.strip()


def _pictures(part: Part) -> Iterator[Picture]:
    for at, line in enumerate(part.lines):
        for match in PICTURE.finditer(line):
            yield Picture(part.line + at, match["kind"], match["name"], match["alt"])


def _blocks(part: Part, problem: Any) -> Iterator[Block]:
    opened: tuple[int, str] | None = None
    lines: list[str] = []
    for at, line in enumerate(part.lines):
        if not line.startswith(FENCE):
            lines.append(line)
        elif opened is None:
            opened, lines = (part.line + at, line[len(FENCE) :].strip()), []
        else:
            yield block(opened[0], opened[1], "\n".join(lines) + "\n" * bool(lines))
            opened = None
    if opened:
        problem("a fence without end", f"the one of line {opened[0]}", "End it by a line ```.")


def block(line: int, info: str, text: str) -> Block:
    """A block of code, by what stands behind its fence: `python run=fork counters=faults,cpu`."""
    language, *told = info.split() or [""]
    facts = dict(one.partition("=")[::2] for one in told)
    counters = tuple(filter(None, facts.get("counters", "").split(",")))
    return Block(line, language, text, facts.get("run", ""), counters, facts.get("from", ""))
