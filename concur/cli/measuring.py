"""Carrying a plan out: progress and warnings on stderr, then tables and words on stdout, exports, the exit status."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from concur.cli import console
from concur.cli.ending import interrupts, status
from concur.cli.planning import announce
from concur.errors import MachineError

if TYPE_CHECKING:
    from concur.bench.compare.conditions import Condition
    from concur.bench.plan import Plan
    from concur.bench.results import Run
    from concur.bench.runner import Runner
    from concur.cli.pages import Page


def carry_out(
    plan: "Plan",
    exports: dict[str, str | None],
    plot: Path | None,
    page: "Page | None" = None,
    *,
    is_strict: bool = False,
    conditions: Sequence["Condition"] = (),
) -> int:
    """Measure and present; returns the exit status. What was measured before an interruption is kept and shown.

    is_strict: raises MachineError before anything is measured where the machine is not fit for it.
    """
    from concur.bench.runner import Runner
    from concur.bench.usable import BROKEN
    from concur.cli.progress import ProgressLine

    said, line = console.messages(), ProgressLine(plan, _spare_cpus(plan), plan.duration_s)
    runner = Runner(plan, ["concur", *sys.argv[1:]], line.show)
    line.follow(runner.run)
    if is_strict and runner.run.warnings:
        raise _unfit(runner.run.warnings)
    _check(conditions, runner)
    runner.prepare()
    for warning in runner.run.warnings:
        said.print(f"concur: {warning}", style="yellow")
    said.print(announce(plan), style="dim")
    with line:
        was_interrupted = interrupts(runner.carry_out)
    present(runner.run, exports, plot, page)
    has_failed = any(cell.verdict in BROKEN for cell in runner.run.cells)
    has_failed |= any(cell.verdict == "wrong" for cell in runner.run.steps)  # overloaded, one may time out, not lie
    if not was_interrupted:
        has_failed |= _judge(conditions, runner.run)
    return status(runner.file, was_interrupted=was_interrupted, has_failed=has_failed)


def _spare_cpus(plan: "Plan") -> tuple[int, ...]:
    """The CPUs on which nothing will be measured."""
    from concur.bench.placement import place, spare

    kinds, copies = {one.placement for one in plan.scenarios}, {each.copies for each in plan.targets}
    return spare(place(kind, needs_target=count) for kind in kinds for count in copies)


def _unfit(warnings: list[str]) -> MachineError:
    return MachineError(
        "the machine is not fit to be measured on",
        why=" ".join(warnings).rstrip("."),
        do="Mend that, or start without --strict.",
    )


def _check(conditions: Sequence["Condition"], runner: "Runner") -> None:
    """Raises UsageError for a condition that is about no cell of the plan."""
    if conditions:
        from concur.bench.compare.conditions import check

        plan = runner.plan
        check(
            conditions,
            [
                (one.name, each.label, each.name, "" if each.kind == "command" else each.interpreter.short)
                for one in plan.scenarios
                for each in plan.targets
            ],
        )


def _judge(conditions: Sequence["Condition"], run: "Run") -> bool:
    """Whether one of the conditions holds, so that the run has failed; what became of each is said on stderr."""
    if not conditions:
        return False
    from concur.bench.compare.conditions import has_failed, judge
    from concur.report.compared import show_judgements

    judgements = judge(conditions, run)
    show_judgements(judgements, console.messages())
    return has_failed(judgements)


def present(run: "Run", exports: dict[str, str | None], plot: Path | None, page: "Page | None" = None) -> None:
    """The tables and words on stdout, unless a document was asked for there; then exports, picture and page."""
    from concur.report import exports as documents
    from concur.report.terminal import show

    if "-" not in exports.values():
        show(run, console.results())
    for name, path in exports.items():
        if path:
            documents.export(run, name, path)
    if plot:
        from concur.report.plot import save

        save(run, plot)
    if page:
        page.make(run)
