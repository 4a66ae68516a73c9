"""Latency under rising rates up to each model's knee, and once the two loops side by side."""

from collections.abc import Iterator, Sequence

from concur.bench.results import Run
from concur.bench.scaling.records import RateSweep
from concur.report import figures, scaling_plot, scaling_tables
from concur.report.page import tables
from concur.report.page.panels import Drawing, Panel, Results, Table
from concur.report.scaling_names import of_run, target
from concur.report.scaling_rates import kept, knees, loops

READ = (
    "Follow a line from left to right: as more is asked for, the slowest replies take longer, at first hardly, then "
    "all at once. Where the line turns up is the knee; hollow marks are rates that the server did not keep, where the "
    "queue grows for as long as one goes on asking. Plan for about half of the knee, since requests come in bunches."
)
READ_LOOPS = (
    "The last picture is one and the same server, whose pauses are known, under both loops. In the closed loop a "
    "connection waits for its reply before it asks again, so that whoever would have come during the pause is never "
    "counted; in the open loop messages are due at fixed times, and each counts from then."
)


def panel(results: Results) -> Panel | None:
    """A drawing for each scenario whose rates were swept; None where none was."""
    run = results.run
    sweeps = [one for one in of_run(run).rate_sweeps if one.steps]
    if not sweeps:
        return None
    drawings = [*_drawings(run, sweeps), *_two_loops(run)]
    how = f"{READ} {READ_LOOPS}" if len(drawings) > 1 and drawings[-1].name == "loops" else READ
    says = [*knees(run), *kept(run), *loops(run)]
    return Panel("latency-under-load", "Latency under load", how, drawings, list(_tables(run, sweeps)), says=says)


def _by_scenario(sweeps: Sequence[RateSweep]) -> list[list[RateSweep]]:
    found: dict[str, list[RateSweep]] = {}
    for one in sweeps:
        found.setdefault(one.scenario, []).append(one)
    return list(found.values())


def _drawings(run: Run, sweeps: Sequence[RateSweep]) -> Iterator[Drawing]:
    shown = [group for each in _by_scenario(sweeps) for group in scaling_plot.groups(each)]
    for index, group in enumerate(shown):
        yield Drawing(f"sweep-{index}", _alt(run, group), _drawer(run, group))


def _drawer(run: Run, group: list[RateSweep]) -> scaling_plot.Drawer:
    return lambda width: scaling_plot.under_load(width, run, group)


def _two_loops(run: Run) -> Iterator[Drawing]:
    if (found := run.two_loops) is not None:
        p99 = [figures.time(one.latency_ns["p99"]) for one in (found.closed, found.opened)]
        alt = f"Latency of one server by share of replies: p99 {p99[0]} in a closed loop, {p99[1]} in an open one."
        yield Drawing("loops", alt, lambda width: scaling_plot.two_loops(width, found))


def _alt(run: Run, group: Sequence[RateSweep]) -> str:
    known = [one for one in group if one.knee_low_per_s]
    told = ", ".join(f"{target(one, run)} {figures.count(one.knee_low_per_s or 0)}" for one in known[:4])
    models = figures.counted(len(group), "model")
    return f"{group[0].scenario}: p99 over the rate offered, {models}. The highest rates kept: {told or 'none'}."


def _tables(run: Run, sweeps: Sequence[RateSweep]) -> Iterator[Table]:
    named = {tables.folded(target(one, run)): one.label for one in sweeps}
    for group in _by_scenario(sweeps):
        for grid in (scaling_tables.knees(group, run), scaling_tables.ladder(group, run)):
            yield tables.of_grid(grid, named)
