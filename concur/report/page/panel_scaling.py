"""How rates change with connections, payloads and workers: curves, the laws that fit them, and who overtakes whom."""

from collections.abc import Iterator, Sequence

from concur.bench.results import Run
from concur.bench.scaling.records import Curve
from concur.report import figures, scaling_plot, scaling_tables
from concur.report.page import tables
from concur.report.page.panels import Drawing, Panel, Results, Table
from concur.report.scaling_names import of_run, place, target
from concur.report.scaling_words import crossings, laws

READ = (
    "A line that rises in proportion scales; one that flattens meets something that all have to queue for "
    "(contention), and one that falls again pays for keeping the many in step (coherency). A whole line is the "
    "universal scalability law, or Amdahl's, drawn only where it foretells points that it has not seen; dots merely "
    "join what was measured. "
    "Both axes are logarithmic: equal steps are equal factors."
)


def panel(results: Results) -> Panel | None:
    """A drawing for each load that something was swept over; None where nothing was."""
    run = results.run
    groups = _alike(of_run(run).curves)
    if not groups:
        return None
    shown = [some for group in groups for some in scaling_plot.groups(group)]
    drawings = [Drawing(f"curve-{index}", _alt(run, some), _drawer(run, some)) for index, some in enumerate(shown)]
    says = [*crossings(run), *laws(run)]
    return Panel("scaling", "How it scales", READ, drawings, list(_tables(run, groups)), says=says)


def _alike(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Those over the same thing, of the same load."""
    found: dict[tuple[str, str, str], list[Curve]] = {}
    for one in curves:
        found.setdefault((one.scenario, one.over, one.fixed), []).append(one)
    return list(found.values())


def _drawer(run: Run, some: list[Curve]) -> scaling_plot.Drawer:
    return lambda width: scaling_plot.over(width, run, some)


def _about(one: Curve) -> str:
    return ", ".join(filter(None, (f"{one.scenario}: requests a second over {one.over}", one.fixed)))


def _alt(run: Run, some: Sequence[Curve]) -> str:
    last = [one.points[-1] for one in some]
    told = (
        f"{target(one, run)} {figures.count(point.rate_per_s.median)} at {place(one.over, point.n)}"
        for one, point in list(zip(some, last, strict=True))[:4]
    )
    return f"{_about(some[0])}, {figures.counted(len(some), 'model')}: {', '.join(told)}."


def _tables(run: Run, groups: Sequence[Sequence[Curve]]) -> Iterator[Table]:
    named = {tables.folded(target(one, run)): one.label for group in groups for one in group}
    for group in groups:
        yield tables.of_grid(scaling_tables.points(group, run, _about(group[0])), named)
    for grid in (*scaling_tables.laws(run), *scaling_tables.crossovers(run)):
        if grid.verdicts:  # why no law at all is shown stands above
            yield tables.of_grid(grid, named)
