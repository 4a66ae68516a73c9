"""Whether labs keep their promises, as a table for authors. Tier 2."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from concur.report import figures
from concur.report.labs.screen import BAD, CARE, GOOD, QUIET, Screen

if TYPE_CHECKING:
    from concur.labs.lab import Lab
    from concur.labs.linting import Linted, LintRow

HERE = "this one"
Row = tuple["Lab", str, list["Linted"]]  # the lab, the interpreter's name ("" for this one), a result for each time


def show_lint(
    found: Sequence[Row], broken: Sequence[tuple[str, str]], screen: Screen, *, is_verbose: bool = False
) -> None:
    """A row for each lab and interpreter, or for each file, then all that is wrong."""
    if is_verbose:
        head, rows = ["lab", "Python", "file", "promise", "so", "verdicts"], _files(found, screen)
    else:
        head = ["lab", "Python", "start", "solution", "wrong answers", "problems"]
        rows = [_lab(*row, screen) for row in found]
    screen.table(head, rows, fold=-1 if is_verbose else 0)
    screen.console.print()
    problems = 0
    for lab, python, several in found:
        for (where, what), count in Counter((one.where, one.what) for each in several for one in each.problems).items():
            problems += 1
            often = f" ({count} of {len(several)} times)" if len(several) > 1 else ""
            at = where if " on " in where or not python else f"{where} on {python}"
            screen.hanging(screen.mark("✗", BAD), f"lab {lab.number}, {at}: {what}{often}")
    for name, why in broken:
        problems += 1
        screen.hanging(screen.mark("✗", BAD), f"{name}: {why}")
    times = max((len(several) for _, _, several in found), default=1)
    kept = f"All promises are kept{f', {times} times out of {times}' if times > 1 else ''}."
    screen.line(figures.counted(problems, "problem") if problems else kept, "bold")


def _lab(lab: "Lab", python: str, several: "list[Linted]", screen: Screen) -> list[str | Text]:
    rows = [row for each in several for row in each.rows]
    start, solution = ([row for row in rows if row.file == name] for name in ("start.py", "solution.py"))
    wrong = [row for row in rows if row.gate]
    kept = sum(not row.problem for row in wrong) / len(several)
    problems = sum(len(each.problems) for each in several)
    return [
        lab.name,
        python or HERE,
        _mark(start, "fails", screen),
        _mark(solution, "passes", screen),
        Text(f"{kept:.3g} of {len(lab.wrong)} fail", style=GOOD if kept == len(lab.wrong) else BAD),
        Text(str(problems), style=BAD if problems else QUIET),
    ]


def _mark(rows: "Sequence[LintRow]", kept: str, screen: Screen) -> Text:
    """Whether a promise is kept each time; skipped, where all of its checks are."""
    if not rows:
        return Text("is not there", style=BAD)
    if any(row.problem for row in rows):
        return Text("NO", style=BAD)
    if all(result.verdict == "skipped" for row in rows for result in row.results):
        return Text("skipped", style=CARE)
    return Text(kept, style=GOOD)


def _files(found: Sequence[Row], screen: Screen) -> list[list[str | Text]]:
    return [
        [
            str(lab.number),
            python or HERE,
            row.file,
            row.promise,
            Text("NO" if row.problem else "kept", style=BAD if row.problem else GOOD),
            row.verdicts,
        ]
        for lab, python, several in found
        for row in several[0].rows
    ]
