"""A lab's folder as data: lab.toml, its hints and its README. Tier 1; reads files, runs nothing.

A lab is a folder `NN-slug` with

    lab.toml  README.md  start.py  checks.py  evidence.py  hints.md  solution.py  wrong/*.py  notes.md

What must not live here: whether a lab keeps its promises (`linting.py`).
"""

import re
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from concur.errors import UsageError

FOLDER_NAME = re.compile(r"(\d\d)-([a-z0-9][a-z0-9-]*)")
LAB_FILE = "lab.toml"
SECONDS = 10.0  # of a check, if it says nothing else
MEMORY_MIB = 1024
PROCESSES = 100
KINDS_OF_INTERPRETER = ("cpython", "free-threaded", "pypy")
CHEATS = ("serial awaits", "sleep until it works", "one big lock", "hard-coded answers", "patched clock")

Need = Literal["linux", "fork", "gil", "no-gil", "greenlet", "subinterpreters", "kernel-counts"]
Kind = Literal["cpython", "free-threaded", "pypy"]
Verdict = Literal["passed", "failed", "error", "hung", "killed", "tampered", "skipped", "broken"]
Cheat = Literal["serial awaits", "sleep until it works", "one big lock", "hard-coded answers", "patched clock"]


class Hint(NamedTuple):
    """One of a lab's hints: they go from where to look to almost the code."""

    title: str
    text: str


class Minutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a lab is taught, and done."""

    teach: int
    do: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.teach + self.do


class Prediction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked before anything runs. measured is the key of evidence that the answer is compared with."""

    id: str
    ask: str
    kind: Literal["number", "order", "choice"]
    unit: str = ""
    choices: list[str] = []
    measured: str
    why: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One gate: `check_ID` in checks.py, dashes as underscores.

    requires are needs of its own; seconds, memory_mib and processes are its limits;
    may_patch names modules that the learner's code may change here (`time`, say, in
    a lab about patching), in place of which any other check fails.
    """

    id: str
    title: str
    kind: Literal["gate"] = "gate"
    points: int = 1
    requires: list[Need] = []
    seconds: float = SECONDS
    memory_mib: int = MEMORY_MIB
    processes: int = PROCESSES
    may_patch: list[str] = []
    rationale: str = ""
    help: str = ""

    @property
    def function(self) -> str:
        """Its name in checks.py."""
        return f"check_{self.id.replace('-', '_')}"


class Wrong(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plausible wrong answer, and the gate that must fail it.

    It fails by `failed`, `tampered`, `hung` or `killed`; one that is to end by an
    exception of its own says verdict = "error", since a slip of its author's would too.
    """

    file: str
    fails: str
    idea: str
    cheat: Cheat | None = None
    verdict: Verdict | None = None


class Plot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How evidence is drawn. series are its keys: of numbers for bars, of lists of [x, y] for lines."""

    kind: Literal["bars", "lines"]
    series: list[str]
    title: str = ""
    x: str = ""
    y: str = ""
    log: bool = False


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to choose."""

    id: str
    text: str


class Explain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asked after passing. answer is the right choice's id; empty where evidence.py's `explain(measured)` says it."""

    ask: str
    choices: list[Choice]
    answer: str = ""
    why: str = ""


class Lab(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lab. All but number, slug and folder is what lab.toml says.

    requires are the numbers of labs to be done before; needs are of the machine or
    the interpreter; runs_on are the kinds of interpreter on which it must hold.
    """

    number: int
    slug: str
    folder: Path
    title: str
    summary: str
    topics: list[str] = []
    requires: list[int] = []
    needs: list[Need] = []
    runs_on: list[Kind] = msgspec.field(default_factory=lambda: list[Kind](("cpython",)))
    minutes: Minutes
    predictions: list[Prediction] = []
    checks: list[Check]
    wrong: list[Wrong] = []
    plot: Plot | None = None
    explain: Explain | None = None

    @property
    def name(self) -> str:
        """Its folder's name: `05-you-are-the-scheduler`."""
        return f"{self.number:02}-{self.slug}"

    @property
    def start(self) -> Path:
        """What the learner begins with."""
        return self.folder / "start.py"

    @property
    def solution(self) -> Path:
        """One way that passes."""
        return self.folder / "solution.py"

    @property
    def hints(self) -> list[Hint]:
        """In their order; empty where hints.md is not there."""
        return parse_hints(self._text("hints.md"))

    @property
    def readme(self) -> str:
        """The story, as Markdown; empty where it is not there."""
        return self._text("README.md")

    @property
    def notes(self) -> str:
        """For the teacher, as Markdown; empty where they are not there."""
        return self._text("notes.md")

    @property
    def points(self) -> int:
        """Of all its checks."""
        return sum(check.points for check in self.checks)

    def check(self, name: str) -> Check | None:
        """The check of that id, if there is one."""
        return next((check for check in self.checks if check.id == name), None)

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def parse_hints(text: str) -> list[Hint]:
    """The parts of a Markdown text that begin with `## `, in their order. What stands before the first is left out."""
    parts = re.split(r"^## +(.*)$", text, flags=re.MULTILINE)[1:]
    return [Hint(title.strip(), body.strip()) for title, body in zip(parts[::2], parts[1::2], strict=True)]


def load_lab(folder: Path) -> Lab:
    """The lab in that folder. Raises UsageError where it has no lab.toml, or one that is not understood."""
    folder = folder.absolute()
    named = FOLDER_NAME.fullmatch(folder.name)
    if not named:
        raise _unreadable(folder, f"a lab's folder is called NN-slug, this one {folder.name}", "Rename it.")
    return _validated(folder, _read(folder) | {"number": int(named[1]), "slug": named[2], "folder": str(folder)})


def _read(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / LAB_FILE).read_text(encoding="utf-8")
        found: dict[str, Any] = msgspec.toml.decode(text)
    except OSError as error:
        raise _unreadable(folder, f"{LAB_FILE}: {error.strerror or error}", "Copy the course anew.") from None
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _unreadable(folder, f"{LAB_FILE} is no TOML: {error}") from None
    return found


def _validated(folder: Path, found: dict[str, Any]) -> Lab:
    try:
        lab = msgspec.convert(found, Lab, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise _unreadable(folder, f"{LAB_FILE}: {error}") from None
    for kind, ids in (
        ("check", [each.id for each in lab.checks]),
        ("prediction", [each.id for each in lab.predictions]),
    ):
        if twice := {each for each in ids if ids.count(each) > 1}:
            raise _unreadable(folder, f"{LAB_FILE}: two {kind}s are called {min(twice)!r}")
    return lab


def _unreadable(folder: Path, why: str, do: str = "") -> UsageError:
    return UsageError(f"the lab in {folder} cannot be read", why=why, do=do or f"Mend {folder / LAB_FILE}.")
