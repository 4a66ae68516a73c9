"""What `--explain` adds to a report: under each table a sentence for each row, and the counters behind them.

Pure functions from a run to text and grids. The sentences are
`bench/causes.py`'s, made when the run was; here they are only put in order. What
must not live here: rules, and drawing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from concur.bench.results import Cell, Probe, Run
from concur.report import cells, figures, phrases
from concur.report.columns import Column, Grid, folded

MOST_CALLS = 7  # columns of system calls: recv, send, a wait, and whatever else there is much of
LEAST_CALLS = 0.005  # a request: with fewer in every row it is not worth a column
NOT_WAITING = ("running", "gil", "lock", "no call")  # where a thread may be without a system call of its own


class Explained(NamedTuple):
    """What belongs below one table: a sentence for each of its rows, and the table of counters, if any were taken."""

    sentences: list[str]
    counters: Grid | None


def explained(run: Run) -> list[Explained]:
    """One for each table of `columns.grids`, in that order; all are empty where nobody asked."""
    shown = cells.scenarios(run)
    merged = cells.CAPACITY in shown and cells.COMMON_RATE in shown
    tables = [name for name in shown if not (merged and name == cells.COMMON_RATE)]
    return [_below(run, name, merged and name == cells.CAPACITY) for name in tables]


def in_groups(run: Run) -> list[str]:
    """Of many cells: what bounds which of them, cause by cause, those with most cells first."""
    groups: dict[str, list[Cell]] = {}
    for cell in run.cells:
        if cell.explanation:
            groups.setdefault(cell.cause, []).append(cell)
    several = len(cells.scenarios(run)) > 1
    return [
        f"{_bound_by(cause)}{f' in {name}' if several else ''}: {phrases.listed(here, run)}"
        for cause, found in sorted(groups.items(), key=lambda item: -len(item[1]))
        for name in cells.scenarios(run)
        if (here := [cell for cell in found if cell.scenario == name])
    ]


def counters(run: Run, probed: list[Cell]) -> Grid | None:
    """What the probes counted: system calls a request by name, and what else the rules look at. None without a probe.

    A value that was not to be had is empty, and the notes say why.
    """
    looked = [(cell, cell.probe) for cell in probed if cell.probe]
    if not looked:
        return None
    names = Column("model", [folded(cells.name(cell, run)) for cell, _ in looked], 0, is_text=True)
    probes = [probe for _, probe in looked]
    columns = [*_calls(probes), *_events(probes), *_waiting(probes)]
    said = [column for column in columns if any(column.values)]
    title = f"counted in {looked[0][0].scenario}, for a request"
    return Grid(title, [names, *said], ["ok"] * len(looked), _missing(run, looked))


def _below(run: Run, scenario: str, with_common_rate: bool) -> Explained:
    here = _in_order(run, scenario)
    beside = _in_order(run, cells.COMMON_RATE) if with_common_rate else []
    told = [f"{cells.name(cell, run)}: {cell.explanation}" for cell in here if cell.explanation]
    told += [f"{cells.name(cell, run)} in {cell.scenario}: {cell.explanation}" for cell in beside if cell.explanation]
    return Explained(told, counters(run, here))


def _in_order(run: Run, scenario: str) -> list[Cell]:
    """As the table has its rows."""
    here = cells.cells_of(run, scenario)
    ranked = cells.ranked(here)
    return [*ranked, *(cell for cell in here if cell not in ranked)]


def _bound_by(cause: str) -> str:
    if cause in ("", "not explained"):
        return cause or "healthy"
    return f"bound by {'the GIL' if cause == 'gil' else f'the {cause}' if cause == 'engine' else cause}"


def _calls(probes: list[Probe]) -> list[Column]:
    """A column for each system call of which some row has many, those that the rows together make most first."""
    counts: dict[str, list[float]] = {}
    for probe in probes:
        for name, count in probe.system_calls.items():
            counts.setdefault(name, []).append(count)
    order = sorted(
        (name for name, each in counts.items() if max(each) >= LEAST_CALLS), key=lambda name: -sum(counts[name])
    )
    return [
        _column(name, rank, [one.system_calls.get(name, 0.0) if one.system_calls else None for one in probes])
        for rank, name in enumerate(order[:MOST_CALLS])
    ]


def _events(probes: list[Probe]) -> list[Column]:
    return [
        _column("switches", 3, [one.switches for one in probes]),
        _column("page\nfaults", 3, [one.page_faults for one in probes]),
        _column("takes of\nthe GIL", 5, [one.gil_takes for one in probes]),
        _column("collections", 6, [None if one.collections is None else sum(one.collections) for one in probes]),
        Column("in\ncollections", [_share(one.collecting_share) for one in probes], 4),
    ]


def _waiting(probes: list[Probe]) -> list[Column]:
    """Threads at a time, by where they were."""
    return [
        Column("threads\nrunning", [_threads(one, "running") for one in probes], 4),
        Column("waiting\nfor GIL", [_threads(one, "gil") if one.gil_source else "" for one in probes], 2),
        Column("for\na lock", [_threads(one, "lock") for one in probes], 6),
        Column("in\na call", [_threads(one, *_call_names(one)) for one in probes], 4),
        Column("looks", [str(one.looks) for one in probes], 7),
    ]


def _call_names(probe: Probe) -> list[str]:
    return [name for name in probe.waiting if name not in NOT_WAITING]


def _threads(probe: Probe, *names: str) -> str:
    if not probe.looks:
        return ""
    return figures.per_request(sum(probe.waiting.get(name, 0.0) for name in names))


def _column(head: str, priority: int, values: Iterable[float | None]) -> Column:
    return Column(head, ["" if value is None else figures.per_request(value) for value in values], priority)


def _share(value: float | None) -> str:
    return "" if value is None else figures.share(value)


def _missing(run: Run, looked: list[tuple[Cell, Probe]]) -> list[str]:
    """What was not to be had, once, with the rows that lack it."""
    lacking: dict[str, list[str]] = {}
    for cell, probe in looked:
        for reason in probe.missing:
            lacking.setdefault(reason, []).append(cells.name(cell, run))
    everybody = len(looked) if len(looked) > 1 else 0
    return [
        f"{'all' if len(names) == everybody else ', '.join(names)}: not counted: {reason}"
        for reason, names in lacking.items()
    ]
