"""What is written in a lab, and what is missing of it: hints, tasks, minutes, notes, reasons, wrong answers. Tier 1.

Nothing runs here. What must not live here: what the checks say (`linting.py`).
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from concur.labs.lab import Lab

FILES = ("README.md", "start.py", "checks.py", "evidence.py", "hints.md", "solution.py", "notes.md")
HINTS = 3
LEAST_WRONG = 3
EVERY_LAB = ("hard-coded answers", "patched clock")  # cheats that make sense in any lab
TASK = re.compile(r"^(\d+\. |## \d|### \d)", re.MULTILINE)  # numbered, as a list or as headings


class Problem(NamedTuple):
    """A promise that is not kept: the file, with the interpreter if it was seen there, and what is wrong."""

    where: str
    what: str


def problems_of_text(lab: Lab) -> list[Problem]:
    """All that is missing or contradicts itself."""
    return [problem for look in (_files, _words, _gates, _predictions, _wrong, _course) for problem in look(lab)]


def _files(lab: Lab) -> Iterator[Problem]:
    for name in FILES:
        if not (lab.folder / name).is_file():
            yield Problem(name, "is not there")


def _words(lab: Lab) -> Iterator[Problem]:
    if (count := len(lab.hints)) != HINTS:
        yield Problem("hints.md", f"has {count} headings that begin with `## `, not {HINTS}")
    for hint in lab.hints:
        if not hint.text:
            yield Problem("hints.md", f"says nothing under «{hint.title}»")
    if lab.readme and not TASK.search(lab.readme):
        yield Problem("README.md", "has no numbered tasks")
    if not lab.notes.strip():
        yield Problem("notes.md", "says nothing")
    if lab.minutes.teach < 0 or lab.minutes.do <= 0:
        yield Problem("lab.toml", "has no minutes to do")
    for name in ("title", "summary", "topics"):
        if not getattr(lab, name):
            yield Problem("lab.toml", f"{name} is empty")


def _gates(lab: Lab) -> Iterator[Problem]:
    if not lab.checks:
        yield Problem("lab.toml", "has no checks")
    functions = _functions(lab, "checks.py")
    for check in lab.checks:
        for name in ("rationale", "help"):
            if not getattr(check, name).strip():
                yield Problem("lab.toml", f"the check {check.id} has no {name}")
        if functions is not None and check.function not in functions:
            yield Problem("checks.py", f"has no {check.function}, which lab.toml's check {check.id} means")
    known = {check.function for check in lab.checks}
    for name in functions or ():
        if name.startswith("check_") and name not in known:
            yield Problem("lab.toml", f"has no check for checks.py's {name}")


def _functions(lab: Lab, file: str) -> list[str] | None:
    """The names of a file's functions; None where it cannot be read."""
    try:
        body = ast.parse((lab.folder / file).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return None
    return [each.name for each in body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _predictions(lab: Lab) -> Iterator[Problem]:
    if not lab.predictions:
        yield Problem("lab.toml", "asks for no prediction")
    for each in lab.predictions:
        if each.kind in ("order", "choice") and len(each.choices) < 2:
            yield Problem("lab.toml", f"the prediction {each.id} has no choices")
        if not each.why.strip():
            yield Problem("lab.toml", f"the prediction {each.id} has no why")
    if lab.explain and lab.explain.answer and lab.explain.answer not in [each.id for each in lab.explain.choices]:
        yield Problem("lab.toml", f"explain's answer {lab.explain.answer} is none of its choices")
    if lab.explain and not lab.explain.answer and "explain" not in (_functions(lab, "evidence.py") or ["explain"]):
        yield Problem("lab.toml", "explain has no answer, and evidence.py no explain(measured)")


def _wrong(lab: Lab) -> Iterator[Problem]:
    if len(lab.wrong) < LEAST_WRONG:
        yield Problem("lab.toml", f"has {len(lab.wrong)} wrong answers, not {LEAST_WRONG} or more")
    named = {wrong.file for wrong in lab.wrong}
    for wrong in lab.wrong:
        if not (lab.folder / "wrong" / wrong.file).is_file():
            yield Problem(f"wrong/{wrong.file}", "is not there")
        if not lab.check(wrong.fails):
            yield Problem("lab.toml", f"wrong/{wrong.file} is to fail {wrong.fails}, and there is no such check")
    for path in sorted((lab.folder / "wrong").glob("*.py")):
        if path.name not in named:
            yield Problem("lab.toml", f"says nothing of wrong/{path.name}")
    for cheat in EVERY_LAB:
        if cheat not in [wrong.cheat for wrong in lab.wrong]:
            yield Problem("lab.toml", f"has no wrong answer whose cheat is «{cheat}»")


def _course(lab: Lab) -> Iterator[Problem]:
    for number in lab.requires:
        if number >= lab.number:
            yield Problem("lab.toml", f"requires lab {number}, which comes after it")
