"""Whose an exception is: the gate's verdict, the learner's error, or a broken checker. Tier 0.

The innermost frame outside the standard library and concur's own instruments
decides: one of work.py makes it hers, and only her own lines are shown; one of
checks.py is the author's. What must not live here: running anything.
"""

import os
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple

from concur.labs.gates.loading import MissingName, Unloadable
from concur.labs.gates.verdict import Failed, Skipped

SHOWN = 3  # of her frames, at either end
ENDINGS = {
    SystemExit: "your code raised SystemExit (sys.exit, exit, quit): a check must be able to go on after it",
    KeyboardInterrupt: "your code raised KeyboardInterrupt",
    RecursionError: "your code calls itself without end (RecursionError)",
    MemoryError: "your code asked for more memory than there is for a check (MemoryError)",
}


class Verdict(NamedTuple):
    """What came of one check; the fields of a `Result` that are known where it ran."""

    verdict: str
    asked: str = ""
    seen: str = ""
    detail: str = ""


class Places(NamedTuple):
    """The learner's file with its text, and the author's."""

    work: str
    source: str
    checks: str


def judge(error: BaseException, places: Places) -> Verdict:
    """What an exception that a check ended with means."""
    cause = _leaf(error)
    is_hers = _owner(cause.__traceback__, places) == places.work
    if isinstance(cause, Unloadable):
        return Verdict("error", "work.py loads", cause.what, cause.detail)
    if isinstance(cause, Skipped) and not is_hers:
        return Verdict("skipped", "", str(cause))
    if isinstance(cause, Skipped):
        return Verdict("tampered", "", "your code raised Skipped, which is the checker's to raise")
    if isinstance(cause, Failed):
        return Verdict("failed", cause.asked, cause.seen, cause.detail)
    if isinstance(cause, MissingName) and not is_hers:
        return Verdict("failed", f"a `{cause}` in work.py", f"work.py has no `{cause}`")
    if is_hers:
        return Verdict("error", "", _sentence(cause), her_lines(cause.__traceback__, places))
    return Verdict("broken", "", f"the checker itself failed: {_named(cause)}", _whole(error))


def _leaf(error: BaseException) -> BaseException:
    """The exception itself; of a group the first verdict in it, else the first of all."""
    leaves = list(_leaves(error))
    return next((leaf for leaf in leaves if isinstance(leaf, (Failed, Skipped))), leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _owner(trace: TracebackType | None, places: Places) -> str:
    """The innermost of the two files that the exception went through; empty where neither."""
    files = [frame.filename for frame in traceback.extract_tb(trace) if frame.filename in (places.work, places.checks)]
    return files[-1] if files else ""


def _sentence(error: BaseException) -> str:
    for kind, sentence in ENDINGS.items():
        if isinstance(error, kind):
            return sentence
    return f"your code raised {_named(error)}"


def _named(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception as second:  # her own exception's __str__
        said = f"(and its text cannot be had: {type(second).__name__})"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def her_lines(trace: TracebackType | None, places: Places) -> str:
    """The lines of work.py that an exception went through, the innermost last; the middle of a long way is left out."""
    text = places.source.splitlines()
    lines = [
        f"work.py, line {frame.lineno}, in {frame.name}: {_line(text, frame.lineno)}"
        for frame in traceback.extract_tb(trace)
        if frame.filename == places.work
    ]
    if (left_out := len(lines) - 2 * SHOWN) > 0:
        lines[SHOWN:-SHOWN] = [f"… {left_out} more"]
    return "\n".join(lines)


def _line(text: list[str], number: int | None) -> str:
    return text[number - 1].strip() if number and number <= len(text) else ""


def _whole(error: BaseException) -> str:
    """The traceback for the author, with file names alone."""
    lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-12)
    return "".join(lines).replace(os.getcwd() + os.sep, "").rstrip()
