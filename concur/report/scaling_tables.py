"""Curves and rate sweeps as tables: knees, p99 at each rate, rates over workers, laws, crossovers. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from concur.bench.figure import Estimate
from concur.bench.results import Run
from concur.bench.scaling.records import Crossover, Curve, Law, RateSweep
from concur.report import figures
from concur.report.columns import Column, Grid, folded, says_something
from concur.report.scaling_names import named, of_run, place, places, target, tick, where
from concur.report.scaling_rates import limit_told
from concur.report.scaling_words import percent

MISSED = "~"
STEPS_OF_A_LADDER = "%"  # what the names of steps that are a share of the capacity have in them
SWEPT_BY_SCENARIO = ("connections", "payload")  # whose rates have a matrix already


def grids(run: Run) -> list[Grid]:
    """All tables that the run has something for."""
    found = of_run(run)
    sweeps: dict[str, list[RateSweep]] = {}
    for one in found.rate_sweeps:
        if one.steps:
            sweeps.setdefault(one.scenario, []).append(one)
    tables = [table for group in sweeps.values() for table in (knees(group, run), ladder(group, run))]
    tables += workers(run)
    return [table for table in (*tables, *laws(run), *crossovers(run)) if table.verdicts or table.notes]


def _text(head: str, values: Iterable[str], priority: int = 0) -> Column:
    return Column(head, list(values), priority, is_text=True)


# Rate sweeps


def knees(sweeps: Sequence[RateSweep], run: Run) -> Grid:
    """A row for each target, the highest knee first."""
    order = sorted(sweeps, key=lambda one: -(one.knee_low_per_s or 0))
    limits = dict.fromkeys(limit.condition for one in order for limit in one.kept)
    columns = [
        _text("model", (folded(target(one, run)) for one in order)),
        Column("keeps up to\nreq/s", [_of(one.knee_low_per_s, figures.count) for one in order], 0),
        Column("not at", [_of(one.knee_high_per_s, figures.count) for one in order], 3),
        Column("closed loop\nreq/s", [figures.count(one.capacity_per_s.median) for one in order], 2),
        Column("p99 ms\nat half", [_median(one.p99_at_half_ns) for one in order], 1),
        Column("p99 ms\nclosed loop", [_median(one.closed_ns.get("p99")) for one in order], 4),
        *(Column(f"{text}\nup to", [_kept(one, text) for one in order], 1) for text in limits),
    ]
    notes = [f"{target(one, run)}: no higher rate was offered, as {one.ended}" for one in order if one.ended]
    return Grid(f"{order[0].scenario}: rates up to the knee, open loop", columns, ["ok"] * len(order), _grouped(notes))


def _of(value: float | None, wording: Callable[[float], str]) -> str:
    return "" if value is None else wording(value)


def _median(one: Estimate | None) -> str:
    return "" if one is None else figures.milliseconds(one.median)


def _kept(one: RateSweep, text: str) -> str:
    return next((limit_told(limit) for limit in one.kept if limit.condition == text), "")


def _grouped(notes: Sequence[str]) -> list[str]:
    """Those of one reason as one."""
    found: dict[str, list[str]] = {}
    for note in notes:
        name, _, reason = note.partition(": ")
        found.setdefault(reason, []).append(name)
    return [f"{', '.join(names)}: {reason}" for reason, names in found.items()]


def ladder(sweeps: Sequence[RateSweep], run: Run) -> Grid:
    """p99 at each share of the closed loop's capacity."""
    heads = dict.fromkeys(_share(step.scenario) for one in sweeps for step in one.steps if _share(step.scenario))
    columns = [_text("model", (folded(target(one, run)) for one in sweeps))]
    for index, head in enumerate(sorted(heads, key=lambda text: float(text.split()[0]))):
        columns.append(Column(head, [_at(one, head) for one in sweeps], index % 2 * 3 + 1))
    title = f"{sweeps[0].scenario}: p99 in ms, open loop, at shares of each one's capacity"
    return Grid(title, columns, ["ok"] * len(sweeps), [f"{MISSED} it did not keep up there"])


def _share(scenario: str) -> str:
    """`10 %` of `small, 10 % of capacity`; empty for a step near the knee."""
    last = scenario.rpartition(", ")[2]
    return last.partition(" of ")[0] if STEPS_OF_A_LADDER in last else ""


def _at(one: RateSweep, head: str) -> str:
    step = next((step for step in one.steps if _share(step.scenario) == head), None)
    p99 = step.latency_ns.get("p99") if step else None
    if step is None or p99 is None:
        return ""
    return f"{MISSED * bool(step.why_not)}{figures.milliseconds(p99.median)}"


# Curves


def workers(run: Run) -> Iterator[Grid]:
    """Rates over workers, a table for each kind; those of connections and payloads are matrices already."""
    groups: dict[tuple[str, str], list[Curve]] = {}
    for one in of_run(run).curves:
        if one.over not in SWEPT_BY_SCENARIO:
            groups.setdefault((one.scenario, one.over), []).append(one)
    for (scenario, over), curves in groups.items():
        yield points(curves, run, f"{scenario}: requests a second over {over}")


def points(curves: Sequence[Curve], run: Run, title: str) -> Grid:
    """A row for each curve, a column for each place."""
    every = sorted({point.n for one in curves for point in one.points})
    columns = [_text("model", (folded(f"{target(one, run)}") for one in curves))]
    for n in every:
        columns.append(Column(tick(curves[0].over, n), [_rate(one, n) for one in curves], 0))
    notes = [f"{target(one, run)}: {told}" for one in curves for told in one.left_out]
    return Grid(title, columns, ["ok"] * len(curves), _grouped(notes))


def _rate(one: Curve, n: int) -> str:
    point = next((point for point in one.points if point.n == n), None)
    if point is None:
        return ""
    return f"{'>' * point.is_at_least}{figures.thousands(point.rate_per_s.median)}"


def laws(run: Run) -> Iterator[Grid]:
    """The laws of all curves, each with its error at held-out points; why some are withheld in the notes."""
    curves = [one for one in of_run(run).curves if one.laws]
    rows = [(one, law) for one in curves for law in one.laws if law.held_out_error is not None]
    notes = _grouped(
        [
            f"{target(one, run)}{where(one, run)}: {' and '.join(names)} withheld: {reason}"
            for one in curves
            for reason, names in _withheld(one).items()
        ]
    )
    columns = [
        _text("model", (folded(f"{target(one, run)}{where(one, run)}") for one, _ in rows)),
        _text("law", (NAMES[law.name] + ", withheld" * bool(law.withheld) for _, law in rows)),
        Column("contention", [_percent(law.contention) for _, law in rows], 1),
        Column("low–high", [_ends(law.contention, percent) for _, law in rows], 5),
        Column("coherency", [_percent(law.coherency) for _, law in rows], 2),
        Column("low–high\n", [_ends(law.coherency, percent) for _, law in rows], 6),
        Column("peak at", [place(one.over, law.peak_n.median) if law.peak_n else "" for one, law in rows], 1),
        Column("low–high\npeak", [_ends(law.peak_n, figures.count) for _, law in rows], 3),
        Column("at most\nreq/s", [_ceiling(law) for _, law in rows], 2),
        Column("held-out\nerror", [_error(law) for _, law in rows], 1),
    ]  # fmt: skip
    if rows or notes:
        verdicts = ["absent" if law.withheld else "ok" for _, law in rows]
        yield Grid("Scaling laws", list(filter(says_something, columns)), verdicts, notes)


NAMES = {"usl": "USL", "amdahl": "Amdahl"}


def _withheld(one: Curve) -> dict[str, list[str]]:
    """The names of laws by why they are withheld."""
    found: dict[str, list[str]] = {}
    for law in one.laws:
        if law.withheld:
            found.setdefault(law.withheld, []).append(NAMES[law.name])
    return found


def _ceiling(law: Law) -> str:
    return figures.count(law.ceiling_per_s.median) if law.ceiling_per_s else ""


def _percent(one: Estimate | None) -> str:
    return "" if one is None else percent(one.median)


def _ends(one: Estimate | None, wording: Callable[[float], str]) -> str:
    return "–".join(map(wording, one.interval)) if one and one.interval else ""


def _error(law: Law) -> str:
    return "" if law.held_out_error is None else f"{100 * law.held_out_error:.1f} %"


def crossovers(run: Run) -> Iterator[Grid]:
    """Every crossing, the sure ones first."""
    found = sorted(of_run(run).crossovers, key=lambda one: one.at.interval is None)
    columns = [
        _text("overtakes", (folded(named(one.label, one.interpreter, run)) for one in found)),
        _text("whom", (folded(named(one.overtakes, one.overtakes_interpreter, run)) for one in found)),
        Column("at", [f"{place(one.over, one.at.median)}{where(one, run)}" for one in found], 0),
        Column("low–high", [_between(one) for one in found], 1),
    ]
    if found:
        yield Grid("Who overtakes whom", columns, ["ok"] * len(found), [])


def _between(one: Crossover) -> str:
    return places(one.over, *one.at.interval).replace(" and ", "–") if one.at.interval else "not sure"
