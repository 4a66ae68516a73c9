"""What the figures of crawls say, sentence by sentence, and the command to try next.

Each rule is a small pure function from a run to its sentences; none if it has
nothing to say. A sentence carries the numbers it rests on: below ten rounds it describes.
"""

from collections.abc import Callable, Iterable, Iterator

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.verdicts import line_share
from concur.bench.results import Estimate
from concur.report import crawls_cells as cells
from concur.report import figures
from concur.report.commands import again
from concur.report.crawls_sweep_words import departures
from concur.wire.links import PARSERS

Rule = Callable[[Run], Iterable[str]]

CRAWLS = "concur bench --service crawl"
ROUNDS_SUGGESTED = 12
WARMED = 1.15  # times the first half's rate: less is noise
QUEUED = 0.1  # of the time that its threads stood in the run queue, from which on that explains something


def sentences(run: Run) -> list[str]:
    """All that can be said of the run, the most important first, the next command last."""
    return [*(sentence for rule in RULES for sentence in rule(run)), f"Next: {next_command(run)}"]


def broken(run: Run) -> Iterator[str]:
    """A crawl that differs from the right answer comes before any ranking."""
    for verdict, meaning in (("wrong", "crawled wrongly"), ("failed", "failed")):
        for scenario in dict.fromkeys(cell.scenario for cell in run.cells):
            bad = [cell for cell in cells.cells_of(run, scenario) if cell.verdict == verdict]
            if bad:
                whose = f" ({cells.name(bad[0], run)})" if len(bad) > 1 else ""
                is_not = "is not ranked" if len(bad) == 1 else "are not ranked"
                yield f"In {scenario}, {cells.named(bad, run)} {meaning} and {is_not}: {bad[0].reason}{whose}."


def ranking(run: Run) -> Iterator[str]:
    """First and last of each scenario, of those that had as many in flight as asked for."""
    for scenario in cells.scenarios(run):
        order = cells.full(cells.cells_of(run, scenario))
        if len(order) > 1:
            first, last = order[0], order[-1]
            yield (
                f"In {scenario}, {cells.name(first, run)} fetched most, {cells.pages_per_s(first)}; "
                f"{cells.name(last, run)} least, {cells.pages_per_s(last)}."
            )


def right(run: Run) -> Iterator[str]:
    """How many crawls were held against the right answer, and were right."""
    judged = [trial for cell in run.cells for trial in cell.trials if trial.verdict in ("ok", "web-bound")]
    if judged and not any(cell.verdict in ("wrong", "failed") for cell in run.cells):
        pages = sum(trial.pages for trial in judged)
        yield f"All {figures.counted(len(judged), 'crawl')} fetched exactly the right pages, {pages:,} in all."


# Why: what bounds a rate


def on_the_line(run: Run) -> Iterator[str]:
    """Those that latency bounds: they use all that is in flight."""
    for scenario in cells.scenarios(run):
        line = next((cell for cell in cells.full(cells.cells_of(run, scenario)) if cell.ideal_per_s), None)
        if line is None or line.ideal_per_s is None:
            continue
        latency = figures.time(1e9 * line.in_flight / line.ideal_per_s)
        bound = [cell for cell in cells.full(cells.cells_of(run, scenario)) if cell.bound_by == "latency"]
        allowed = f"{line.in_flight} in flight / {latency} of latency = {figures.count(line.ideal_per_s)} pages/s"
        shares = [share for cell in bound if (share := line_share(cell)) is not None]
        told = f": {_range(shares)} of it from {cells.named(bound, run)}" if bound else ", and none reach 90 % of it"
        yield f"In {scenario}, {allowed} is what latency allows{told}."


def _range(shares: list[float]) -> str:
    """`93 %`, `93–97 %`."""
    low, high = figures.share(min(shares)), figures.share(max(shares))
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def on_the_cpu(run: Run) -> Iterator[str]:
    """Those that had no CPU time left: what a page costs them is what bounds them."""
    for scenario in cells.scenarios(run):
        bound = [cell for cell in cells.full(cells.cells_of(run, scenario)) if cell.bound_by == "CPU"]
        costs = [cell.cpu_ns_per_page.total.median for cell in bound if cell.cpu_ns_per_page]
        if costs:
            low, high = figures.time(min(costs)), figures.time(max(costs))
            cost = f"a page costs {low}" if low == high else f"a page costs them {low} to {high}"
            yield (
                f"In {scenario}, {cells.named(bound, run)}: no CPU time was left, so the rate is the CPU's; {cost}, "
                f"links by {run.parser} included."
            )


def on_the_web(run: Run) -> Iterator[str]:
    """Where the web was the limit, the rate says nothing of the crawler."""
    for scenario in cells.scenarios(run):
        bound = [cell for cell in cells.usable(cells.cells_of(run, scenario)) if cell.verdict == "web-bound"]
        if bound:
            yield (
                f"In {scenario}, the web was the limit of {cells.named(bound, run)}: it could do more; compare the "
                "CPU time a page instead."
            )


def waiting(run: Run) -> Iterator[str]:
    """Those that had CPU time left, and neither the latency nor the web explains it."""
    for scenario in cells.scenarios(run):
        reasons: dict[str, list[Cell]] = {}
        for cell in cells.ranked(cells.cells_of(run, scenario)):
            if cell.bound_by == "waits":
                reasons.setdefault(_why_idle(cell), []).append(cell)
        for reason, idle in reasons.items():
            busy = _range([cell.busy or 0.0 for cell in idle])
            yield f"In {scenario}, busy {busy} of their time, {cells.named(idle, run)} {reason}."


def _why_idle(cell: Cell) -> str:
    if cell.in_flight == 1:
        return "waited for one answer at a time"
    if cell.scenario == "hostile":
        return "waited for what asks for patience: Retry-After, and retries"
    queued = cell.counters.get("run_delay_ns", 0.0) * cells.rate(cell) / 1e9
    if QUEUED <= queued <= 1:  # more than all of the time is threads in each other's way
        return "stood in the run queue: something else used the CPU, so the rate is no capacity"
    return "had CPU time to spare, so the rate is no capacity"


def warmed_up(run: Run) -> Iterator[str]:
    """Where the crawl itself was the warm-up."""
    for scenario in cells.scenarios(run):
        warm = [cell for cell in cells.ranked(cells.cells_of(run, scenario)) if (cell.second_half or 0) >= WARMED]
        for cell in warm[:5]:
            times = figures.ratio(cell.second_half or 0)
            yield (
                f"In {scenario}, {cells.name(cell, run)} fetched the second half {times} as fast as the first"
                f"{_why_warm(cell)}."
            )


def _why_warm(cell: Cell) -> str:
    jit = ": its JIT warms up within the crawl, and a longer one would be faster"
    return jit if cell.observed.get("jit") else ""


def ceilings(run: Run) -> Iterator[str]:
    """What the web can serve here."""
    for one in run.ceilings:
        size = f"{one.links} links, {one.page_bytes / 1024:g} KiB"
        more = "" if one.server_busy >= one.client_busy else ", or more: whoever asked was busier than it"
        yield f"The web serves {figures.count(one.pages_per_s)} pages/s of {size} without latency{more}."


# What may be claimed


def claims(run: Run) -> Iterator[str]:
    """What may be claimed: nothing below ten rounds, else the verdicts of the comparisons."""
    count = cells.rounds(run)
    if not count or not run.comparisons:
        return
    if count < cells.ROUNDS_FOR_A_VERDICT:
        describes = "1 round describes" if count == 1 else f"{count} rounds describe"
        yield f"{describes}; for a verdict: {again(run.command, '-r', str(ROUNDS_SUGGESTED))}"
        return
    for scenario in cells.scenarios(run):
        groups: dict[str, list[str]] = {}
        for one in run.comparisons:
            if one.scenario == scenario and one.verdict != "not comparable":
                groups.setdefault(one.verdict, []).append(f"{one.label}{_interval(one.ratio)}")
        if groups:
            told = "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in groups.items())
            yield f"In {scenario}, against {run.comparisons[0].reference} over {count} rounds: {told}."


def _interval(ratio: Estimate) -> str:
    interval = f" ({'–'.join(map(figures.digits, ratio.interval))})" if ratio.interval else ""
    return f" {figures.ratio(ratio.median)}{interval}"


def limits(run: Run) -> Iterator[str]:
    """What was not done, or not to be had."""
    trials = [trial for cell in run.cells for trial in cell.trials]
    if not run.complete:
        yield f"The run did not end: {figures.counted(len(trials), 'crawl')} are here, and rounds may be missing."
    for without in dict.fromkeys(name for trial in trials for name in trial.missing):
        count = sum(without in trial.missing for trial in trials)
        yield f"Not to be had: {without} ({count} of {len(trials)} crawls)."


def next_command(run: Run) -> str:
    """The one command that would teach most now."""
    if run.parser == PARSERS[0]:
        return again(run.command, "--parser", "fastest")
    return CRAWLS if cells.is_sweep(run) else f"{CRAWLS} --sweep"


RULES: tuple[Rule, ...] = (
    broken,
    ranking,
    departures,
    on_the_line,
    on_the_cpu,
    on_the_web,
    waiting,
    warmed_up,
    ceilings,
    right,
    limits,
    claims,
)
