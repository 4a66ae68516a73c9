"""How much the machine's own noise is, why rounds ended, and what would narrow the intervals: rules to sentences."""

from collections.abc import Iterable, Iterator
from statistics import median

from concur.bench import noise
from concur.bench.results import Cell, Ending, Estimate, NoiseFloor, Run
from concur.report import cells, figures

METRICS = {"rate": "", "p99": " in p99", "cpu": " in CPU a request"}
WORTH_IT = 2.0  # times the window that was used: what is nearer to the best one gains little


def noise_floors(run: Run) -> Iterator[str]:
    """A/A: by how much the same server differed from itself, in each scenario."""
    for scenario in dict.fromkeys(floor.scenario for floor in run.noise):
        floors = [floor for floor in run.noise if floor.scenario == scenario]
        told = " and ".join(f"{_apart(floor.ratio)}{METRICS.get(floor.metric, '')}{_within(floor)}" for floor in floors)
        yield (
            f"In {scenario}, the same server ({_name(floors[0], run)}), measured twice in each of "
            f"{figures.counted(floors[0].rounds, 'round')}, differed from itself by {told}: "
            "a difference that lies wholly within is called none."
        )


def _name(floor: NoiseFloor, run: Run) -> str:
    several = len(cells.interpreters(run)) > 1 and floor.interpreter
    return f"{floor.label} {floor.interpreter}" if several else floor.label


def _apart(ratio: Estimate) -> str:
    return percent(max(ratio.median, 1 / ratio.median) - 1)


def _within(floor: NoiseFloor) -> str:
    """The interval of the twin over its cell, by its ends."""
    if floor.ratio.interval is None:
        return ""
    low, high = floor.ratio.interval
    return f" ({figures.digits(low)}–{figures.digits(high)}×)"


def percent(share: float) -> str:
    """0.018 → `1.8 %`, 0.127 → `13 %`."""
    return f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"


def endings(run: Run) -> Iterator[str]:
    """Why there were so many rounds, where their number was left open."""
    for one in run.endings:
        yield f"{one.scenario}: {_why(one, run)}."


def _why(one: Ending, run: Run) -> str:
    rounds, until, budget_s = figures.counted(one.rounds, "round"), run.plan.get("until"), run.plan.get("budget_s")
    if not one.intervals:
        return f"ended after {rounds}, as nothing could be measured"
    if one.why == "precise":
        return f"ended after {rounds}, every interval within {100 * (until or 0):g} % of its middle"
    spent = f"as the time given ({figures.duration(budget_s or 0)}) is spent"
    reason = f"ended after {rounds}, {spent if one.why == 'budget' else 'the most that are made'}"
    wide = f"{one.wide} of {one.intervals} intervals are wider than {100 * (until or 0):g} %"
    return f"{reason}: {wide}" if until is not None else reason


def longer_windows(run: Run) -> Iterator[str]:
    """Where windows rather than processes differ, longer windows narrow the intervals more than further rounds."""
    duration_s = run.plan.get("duration_s")
    for scenario in cells.scenarios(run):
        shown = cells.usable(cells.cells_of(run, scenario))
        if cells.offered_per_s(shown) is not None:
            continue  # their rate is the engine's choice
        spread = _typical(shown)
        best_s = noise.best_window_s(spread)
        if duration_s and best_s and best_s >= WORTH_IT * duration_s:
            processes = f"processes by only {percent(spread['process'])}" if spread["process"] else "processes hardly"
            yield (
                f"In {scenario}, parts of a window (0.2 s) differ by {percent(spread['window'])} and {processes} "
                f"(standard deviations): longer windows narrow the intervals more than rounds do: "
                f"-d {max(1, round(min(best_s, 10)))}s"
            )


def _typical(chosen: Iterable[Cell]) -> dict[str, float]:
    known = [cell.noise for cell in chosen if {"window", "process"} <= cell.noise.keys()]
    return {level: median(each[level] for each in known) for level in ("window", "process")} if known else {}
