"""`concur bench --primitives`: what a switch, a wake-up, a lock cost on each interpreter, by pytest-benchmark."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from concur.cli import console, settings
from concur.cli.ending import interrupts, status
from concur.errors import ConcurError, MachineError

if TYPE_CHECKING:
    from concur.bench.primitives import Column, Primitives
    from concur.bench.saving import ResultsFile
    from concur.interpreters.describe import Interpreter


def primitives(
    flags: Mapping[str, str | None],
    plan: Path | None,
    exports: Mapping[str, str | None],
    plot: Path | None,
    *,
    show_plan: bool = False,
) -> int:
    """Measures them in one interpreter after the other and shows all in one table. Returns the exit status.

    flags are those of `concur bench`, of which only interpreters has a meaning here.
    Raises UsageError for another, MachineError where nothing can be measured.
    """
    from concur.bench.primitives import suite
    from concur.bench.saving import RESULTS, ResultsFile

    do = "It takes --interpreters, --export-json and --plot."
    taken, taken_exports = ["interpreters"], ["json"]
    settings.refuse_others("--primitives", flags, exports, taken=taken, taken_exports=taken_exports, do=do)
    chosen, errors = _chosen(settings.merge(flags, plan)["interpreters"].value)
    benchmarks, said = suite(), console.messages()
    for error in errors:
        said.print(f"concur: {error}", soft_wrap=True)
    if show_plan:
        console.results().print(f"{_length(chosen)}: {', '.join(one.short for one in chosen)}", soft_wrap=True)
        return 1 if errors else 0
    found = _begun()
    file = ResultsFile(RESULTS, found.id, found)
    file.begin()
    was_interrupted = interrupts(lambda: _measure(found, chosen, benchmarks, file))
    _present(found, exports, plot)
    has_failed = bool(errors) or any(column.has_failed for column in found.columns)
    return status(file, was_interrupted=was_interrupted, has_failed=has_failed)


def _chosen(names: str) -> "tuple[list[Interpreter], list[ConcurError]]":
    from concur.interpreters.find import current, resolve_each

    each = [part.strip() for part in names.split(",") if part.strip()]
    return resolve_each(each) if each else ([current()], [])


def _begun() -> "Primitives":
    import concur
    from concur.bench import machine
    from concur.bench.primitives import Primitives

    now = datetime.now(UTC)
    return Primitives(
        concur=concur.__version__,
        id=f"primitives-{now:%Y%m%d-%H%M%S}-{os.getpid()}",
        started_at=now.isoformat(timespec="seconds"),
        command=["concur", *sys.argv[1:]],
        machine=machine.describe(),
    )


def _length(chosen: "list[Interpreter]") -> str:
    from concur.bench.primitives import ABOUT_S
    from concur.report import figures

    return f"{figures.counted(len(chosen), 'interpreter')}, about {figures.duration(ABOUT_S * len(chosen))}"


def _measure(found: "Primitives", chosen: "list[Interpreter]", benchmarks: Path, file: "ResultsFile") -> None:
    """Adds a column for each, and saves after each."""
    from concur.bench.primitives import measure

    said = console.messages()
    said.print(_length(chosen), style="dim")
    for one in chosen:
        column = measure(one, benchmarks)
        found.columns.append(column)
        found.complete = len(found.columns) == len(chosen)
        file.save()
        said.print(_told(column), style="dim", soft_wrap=True)
    if all(column.verdict == "absent" for column in found.columns):
        first = found.columns[0]
        raise MachineError(f"no primitive can be measured on {first.interpreter}", why=first.reason)


def _told(column: "Column") -> str:
    """What has come of an interpreter, in a line."""
    if column.verdict != "ok":
        return f"{column.interpreter}: {column.reason}"
    verdicts = [one.verdict for one in column.primitives]
    told = [f"{verdicts.count(verdict)} {verdict}" for verdict in ("ok", "absent", "failed") if verdict in verdicts]
    return f"{column.interpreter}: {', '.join(told)} in {column.took_ns / 1e9:.0f} s"


def _present(found: "Primitives", exports: Mapping[str, str | None], plot: Path | None) -> None:
    import msgspec

    from concur.report import primitives as words
    from concur.report.exports import write

    to = exports.get("json")
    if to != "-":
        words.show(found, console.results())
    if to:
        write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n", to)
    if plot and found.columns:
        from concur.report.primitives_plot import save

        save(found, plot)
