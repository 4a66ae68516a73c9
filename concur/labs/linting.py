"""Whether a lab keeps its promises: for its author. Tier 1.

start.py fails a gate, solution.py passes all, each wrong answer fails the gate that
it names; and what is written is there: three hints, tasks, minutes, notes, and for
every gate a rationale and a help. What must not live here: how it is shown.

    python -m concur.labs.linting LAB [--file FILE] [--check ID] [-i INTERPRETER]

shows an author what each check says, file by file.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from concur.interpreters.describe import Interpreter
from concur.interpreters.find import find, one_of_each, resolve
from concur.labs.checking import Result, check
from concur.labs.lab import Kind, Lab, Wrong, load_lab
from concur.labs.prose import Problem, problems_of_text

__all__ = ["LintRow", "Linted", "Problem", "interpreters_for", "kind_of", "lint", "lint_rows"]

CAUGHT = ("failed", "tampered", "hung", "killed")  # how a gate fails a wrong answer, unless lab.toml says otherwise
FAILS = (*CAUGHT, "error")


class LintRow(NamedTuple):
    """One file of a lab on one interpreter: what was promised, what each check said, and what is wrong about that.

    gate is the one that a wrong answer must fail, empty for start.py and solution.py;
    problem is empty where the promise is kept, and where it could not be seen (skipped).
    """

    lab: str
    file: str
    interpreter: str
    promise: str
    gate: str
    results: list[Result]
    problem: str

    @property
    def verdicts(self) -> str:
        """Each check's, in order: `first-touch failed, status passed`."""
        return ", ".join(f"{result.id} {result.verdict}" for result in self.results)


class Linted(NamedTuple):
    """All of a lab on one interpreter."""

    rows: list[LintRow]
    problems: list[Problem]


OnRow = Callable[[LintRow], None]


def lint(lab: Lab, interpreter: Interpreter | None = None, on_row: OnRow | None = None) -> list[Problem]:
    """All that is wrong with a lab, on this interpreter or another one; empty if it keeps its promises."""
    return lint_rows(lab, interpreter, on_row).problems


def lint_rows(lab: Lab, interpreter: Interpreter | None = None, on_row: OnRow | None = None) -> Linted:
    """The same, with a row for each file. on_row hears of each as it comes."""
    rows = []
    for row in _rows(lab, interpreter):
        rows.append(row)
        if on_row:
            on_row(row)
    return Linted(rows, problems_of_text(lab) + problems_of(rows))


def problems_of(rows: Sequence[LintRow]) -> list[Problem]:
    """What is wrong in these rows."""
    return [Problem(f"{row.file} on {row.interpreter}", row.problem) for row in rows if row.problem]


def _rows(lab: Lab, interpreter: Interpreter | None) -> Iterator[LintRow]:
    name = interpreter.short if interpreter else "this Python"
    for file, promise, judge in (
        ("start.py", "fails", _start_problem),
        ("solution.py", "passes", _solution_problem),
    ):
        if (lab.folder / file).is_file():
            results = check(lab, lab.folder / file, interpreter=interpreter)
            yield LintRow(lab.name, file, name, promise, "", results, judge(results))
    for wrong in lab.wrong:
        if lab.check(wrong.fails) and (path := lab.folder / "wrong" / wrong.file).is_file():
            results = check(lab, path, interpreter=interpreter, only=[wrong.fails])
            promise = f"fails {wrong.fails}"
            yield LintRow(
                lab.name, f"wrong/{wrong.file}", name, promise, wrong.fails, results, _wrong_problem(wrong, results)
            )


def _start_problem(results: list[Result]) -> str:
    """It loads, and fails a gate."""
    if broken := _broken(results):
        return broken
    if unloadable := next((each for each in results if each.asked == "work.py loads"), None):
        return f"it does not load: {unloadable.seen}"
    if all(result.verdict == "skipped" for result in results):
        return ""
    return "" if any(result.verdict in FAILS for result in results) else "it passes: there is nothing to do"


def _solution_problem(results: list[Result]) -> str:
    return "; ".join(f"{each.id} {each.verdict}: {_said(each)}" for each in results if not each.is_passed)


def _wrong_problem(wrong: Wrong, results: list[Result]) -> str:
    [result] = results
    if broken := _broken(results):
        return broken
    allowed = (wrong.verdict,) if wrong.verdict else CAUGHT
    if result.verdict in allowed or result.verdict == "skipped":
        return ""
    if result.verdict == "error":
        return f'it ends by an error, {_said(result)}. Say verdict = "error" if that is meant'
    return f"{wrong.fails} says {result.verdict}, not {' or '.join(allowed)}"


def _broken(results: list[Result]) -> str:
    return "; ".join(f"{each.id} is broken: {_said(each)}" for each in results if each.verdict == "broken")


def _said(result: Result) -> str:
    return " · ".join(filter(None, (result.seen, result.detail.strip().rpartition("\n")[2])))


def kind_of(interpreter: Interpreter) -> Kind:
    """The kind of an interpreter, as lab.toml's runs_on has them."""
    if interpreter.implementation == "PyPy":
        return "pypy"
    return "free-threaded" if interpreter.free_threaded else "cpython"


def interpreters_for(lab: Lab) -> list[Interpreter]:
    """One of each interpreter of this machine on which the lab must hold."""
    return [one for one in one_of_each(find()) if kind_of(one) in lab.runs_on]


def main(arguments: Sequence[str]) -> None:
    """Show an author what each check says of each file."""
    parser = argparse.ArgumentParser(prog="python -m concur.labs.linting", description="What each check says.")
    parser.add_argument("lab", type=Path, help="its folder")
    parser.add_argument("--file", action="append", default=[], help="start.py, wrong/x.py … [default: all]")
    parser.add_argument("--check", action="append", default=[], help="the id of a check [default: all]")
    parser.add_argument("-i", "--interpreter", help="another Python")
    asked = parser.parse_args(arguments)
    lab = load_lab(asked.lab)
    interpreter = resolve(asked.interpreter) if asked.interpreter else None
    gates = {f"wrong/{wrong.file}": wrong.fails for wrong in lab.wrong}
    for file in asked.file or ["start.py", "solution.py", *gates]:
        _say(f"== {file}" + (f" (is to fail {gates[file]})" if file in gates else ""))
        check(lab, lab.folder / file, interpreter=interpreter, only=asked.check, on_result=_show)
    for problem in problems_of_text(lab):
        _say(f"!! {problem.where}: {problem.what}")


def _show(result: Result) -> None:
    _say(f"{result.verdict:9} {result.id}  ({result.took_ns / 1e6:.0f} ms)")
    for name in ("asked", "seen", "detail", "output"):
        for at, line in enumerate(getattr(result, name).rstrip().splitlines()):
            _say(f"          {f'{name}:' if at == 0 else '':8} {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
