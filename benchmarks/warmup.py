"""Claims 6 and 7: how models warm up on CPython and on PyPy: python benchmarks/warmup.py -i 3.11,pypy3.11

Each trial is one long window that begins with the load: nothing is cut off, the
warm-up is in it. Without --models, all that need the standard library alone.
The run is saved as any other; --show RUN.json tells it again.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from concur import catalog
from concur.bench import estimates, results
from concur.bench.choose import ask_what_is_missing, choose_targets
from concur.bench.plan import Plan
from concur.bench.results import Cell, Run, Trial
from concur.bench.runner import Progress, Runner
from concur.bench.scenarios import scenario
from concur.bench.trial import SLICE_NS
from concur.errors import ConcurError
from concur.interpreters.find import resolve_many
from concur.report import figures

ONE_SLICE_S = SLICE_NS / 1e9
FIRST = round(1e9 / SLICE_NS)  # slices of the first second
HEADS = ("model", "on", "class", "steady after", "requests", "first second", "steady", "against the first")
NARROWEST = 110  # columns that a row needs; more than a file or a pipe is taken to have
NOTE = "Rates in req/s. ~: of the last level, which is no steady one. In brackets the 95 % interval over rounds."


def main() -> int:
    """Measure, or show what was measured; 2 where the options make no sense."""
    asked = options().parse_args()
    try:
        run = results.load(asked.show) if asked.show else measure(asked)
    except ConcurError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    show(run)
    if asked.plot:
        plot(run, asked.plot)
    return 0


def options() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-i", "--interpreters", default="3.11,pypy3.11", metavar="A,B", help="what is first is 1")
    parser.add_argument("-m", "--models", default=",".join(of_standard_library()), metavar="A,B")
    parser.add_argument("-d", "--seconds", type=float, default=10.0, help="of each trial (10)")
    parser.add_argument("-r", "--rounds", type=int, default=3, help="trials of each (3)")
    parser.add_argument("--show", type=Path, metavar="RUN.json", help="measure nothing, tell that run")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="rate over time: .svg, .png or .pdf")
    return parser


def of_standard_library() -> list[str]:
    """The models that import no library."""
    return [row.id for row in catalog.MODELS if not row.needs]


def measure(asked: argparse.Namespace) -> Run:
    """A run of `small` whose windows hold the warm-up too. Raises ConcurError for what does not exist."""
    targets = choose_targets(asked.models.split(","), [], resolve_many(asked.interpreters), [])
    plan = Plan(
        targets=ask_what_is_missing(targets),
        scenarios=[scenario("small")],
        rounds=asked.rounds,
        duration_s=asked.seconds,
        warmup_s=ONE_SLICE_S,
        reference=targets[0].name,
        twin=False,
    )
    runner = Runner(plan, sys.argv, tell)
    runner.prepare()
    runner.carry_out()
    print(f"saved as {runner.file.path}", file=sys.stderr)  # noqa: T201
    return runner.run


def show(run: Run) -> None:
    """The table, and what its marks mean."""
    console = Console(highlight=False)
    console.width = max(console.width, NARROWEST)
    console.print(table(run))
    console.print(f"\n{NOTE}")


def tell(progress: Progress) -> None:
    """One line for each trial, as it starts."""
    if progress.stage == "start":
        cell = f"{progress.cell.label} on {progress.cell.interpreter}"
        left = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
        print(f"{progress.done + 1} of {progress.trials}: {cell}{left}", file=sys.stderr)  # noqa: T201


def table(run: Run) -> Table:
    """A row for each model on each interpreter; ratios are paired by round, with the model's first interpreter."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in HEADS:
        shown.add_column(head, justify="left" if head in HEADS[:3] else "right", no_wrap=head in HEADS[:3])
    for _, cells in by_model(run):
        for cell in cells:
            shown.add_row(*row(cell, cells[0]))
    return shown


def by_model(run: Run) -> Iterator[tuple[str, list[Cell]]]:
    """Each model with its cells, in the order of the interpreters asked for."""
    order = list(dict.fromkeys(cell.label for cell in run.cells))
    cells = sorted(run.cells, key=lambda cell: order.index(cell.label))
    return ((name, list(group)) for name, group in groupby(cells, key=lambda cell: cell.label))


def row(cell: Cell, first: Cell) -> list[str]:
    """A cell's line; where it was not measured, the reason."""
    trials = classed(cell)
    if not trials:
        return [cell.label, cell.interpreter, cell.reason or cell.verdict]
    after, requests = cell.steady_after_ns, cell.steady_after_requests
    return [
        cell.label,
        cell.interpreter,
        class_of(cell),
        "–" if after is None else figures.time(after.median) if after.median else "at once",
        figures.count(requests.median) if requests else "–",
        figures.count(median(first_second_per_s(trial) for trial in trials)),
        ("" if after else "~") + figures.count(median(last_level_per_s(trial) for trial in trials)),
        "" if cell is first else against(cell, first),
    ]


def classed(cell: Cell) -> list[Trial]:
    """The trials that have a class and a rate."""
    return [trial for trial in cell.trials if trial.warmup and trial.load and trial.load.verified]


def class_of(cell: Cell) -> str:
    """The class of most of its trials, and of how many where it is not all."""
    trials = classed(cell)
    of_kind = sum(trial.warmup is not None and trial.warmup.kind == cell.warmup for trial in trials)
    return cell.warmup if of_kind == len(trials) else f"{cell.warmup} ({of_kind} of {len(trials)})"


def last_level_per_s(trial: Trial) -> float:
    """The rate of the last level: the steady one, where there is a steady state."""
    return trial.warmup.levels_per_s[-1] if trial.warmup else 0.0


def first_second_per_s(trial: Trial) -> float:
    """The rate over the first second of the load."""
    slices = slices_per_s(trial)[:FIRST]
    return sum(slices) / len(slices)


def slices_per_s(trial: Trial) -> list[float]:
    """The rate in each slice, from the load's start."""
    of_window = trial.load.slices if trial.load else []
    return [one.verified / ONE_SLICE_S for one in (*trial.warmup_slices, *of_window)]


def against(cell: Cell, first: Cell) -> str:
    """How its last levels stand to the other's, by round, with the interval where there are several."""
    of_first = {trial.round: last_level_per_s(trial) for trial in classed(first)}
    pairs = [
        (last_level_per_s(trial), of_first[trial.round])
        for trial in classed(cell)
        if of_first.get(trial.round) and last_level_per_s(trial)
    ]
    if not pairs:
        return ""
    ratio = estimates.ratio(*map(list, zip(*pairs, strict=True)))
    span = f" ({ratio.interval[0]:.2f}–{ratio.interval[1]:.2f})" if ratio.interval else ""
    return f"{ratio.median:.2f}×{span}"


def plot(run: Run, path: Path) -> None:
    """A panel for each model: rate over time, a line for each trial, a colour for each interpreter."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    panels = [(name, [cell for cell in cells if classed(cell)]) for name, cells in by_model(run)]
    panels = [(name, cells) for name, cells in panels if cells]
    names = list(dict.fromkeys(cell.interpreter for _, cells in panels for cell in cells))
    colours = dict(zip(names, colormaps["tab10"].colors, strict=False))  # type: ignore[attr-defined] # of a list of colours
    figure = Figure(figsize=(8, 1.6 * len(panels)), layout="constrained")
    for (name, cells), axes in zip(panels, figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0], strict=True):
        for cell in cells:
            for trial in classed(cell):
                rates = [rate / 1000 for rate in slices_per_s(trial)]
                axes.plot(
                    [at * ONE_SLICE_S for at in range(len(rates))], rates, color=colours[cell.interpreter], lw=0.8
                )
        axes.set_title(name, loc="left", fontsize="small")
        axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds of load")
    figure.supylabel("thousand req/s")
    lines = [axes.plot([], [], color=colours[each], label=each)[0] for each in names]
    figure.legend(handles=lines, loc="outside upper right", ncols=len(names), frameon=False)
    figure.savefig(path)


if __name__ == "__main__":
    sys.exit(main())
