"""A comparison where people read it: on a terminal, and as Markdown. What it says is `comparing.py`'s business."""

from collections.abc import Sequence

from rich.console import Console

from concur.bench.compare.across import Across
from concur.bench.compare.conditions import Judgement, has_failed
from concur.bench.results import Run
from concur.report import comparing, judged, markdown
from concur.report.bullets import bullet
from concur.report.table import fit


def show(across: Across, reference: Run, new: Run, console: Console) -> None:
    """Prints the tables of a comparison, its notes, what differs in the environment, and the sentences."""
    console.print(comparing.headline(across), style="bold", soft_wrap=True)
    for run, name in ((reference, across.reference), (new, across.new)):
        bullet(console, comparing.made(run, name), "·", "dim")
    console.print()
    for grid in comparing.tables(across):
        console.print(fit(grid, console) if grid.verdicts else grid.title, style="bold" if not grid.verdicts else "")
        for note in grid.notes:
            bullet(console, note, "·", "dim")
        console.print()
    if environment := comparing.environment(across):
        console.print(fit(environment, console))
        console.print()
    for warning in comparing.warnings(across.environment):
        bullet(console, warning, "!", "yellow")
    for sentence in comparing.sentences(across, new):
        bullet(console, sentence)


def show_judgements(judgements: Sequence[Judgement], console: Console) -> None:
    """Prints what became of the conditions, those that hold in red."""
    for verdict, sentence in judged.lines(judgements):
        bullet(console, sentence, judged.MARKS[verdict], judged.STYLES[verdict])


def to_markdown(across: Across, reference: Run, new: Run, judgements: Sequence[Judgement] = ()) -> bytes:
    """A summary for a pull request: whether it passed, the tables, what differs, the sentences."""
    environment = comparing.environment(across)
    return markdown.document(
        [
            f"### {markdown.escaped(comparing.headline(across))}",
            _conditions(judgements),
            *(part for grid in comparing.tables(across) for part in (markdown.table(grid), markdown.items(grid.notes))),
            markdown.items(comparing.sentences(across, new)),
            markdown.table(environment) if environment else "",
            markdown.items(comparing.warnings(across.environment)),
            markdown.items(
                comparing.made(run, name) for run, name in ((reference, across.reference), (new, across.new))
            ),
        ]
    )


def _conditions(judgements: Sequence[Judgement]) -> str:
    if not judgements:
        return ""
    passed = "**Failed**" if has_failed(judgements) else "**Passed**"
    return f"{passed}\n\n{markdown.items(sentence for _, sentence in judged.lines(judgements))}"
