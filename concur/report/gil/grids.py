"""What stands in the tables of `concur gil`, for each experiment. Pure; `concur.report.table` draws them."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

from concur.gil import results
from concur.gil.results import Report, Row
from concur.report import figures
from concur.report.columns import Column, Grid
from concur.report.gil.rows import absences, distinct, interval, measured, middle, order

T = TypeVar("T", bound=Row)
FIGURES = re.compile(r"[\d.,]+ (?:ms|µs|threads)")


def grids(report: Report) -> list[Grid]:
    """All tables of a report, in the order of the experiments; none of one that found nothing."""
    made = [
        *_throughput(report),
        _latency(report),
        _bandwidth(report),
        *_convoy(report),
        _offload(report),
        _release(report),
        _tax(report),
        _sharing(report),
        _ccbench(report),
    ]
    return [grid for grid in made if grid.verdicts or grid.notes]


def _grid(
    title: str, rows: Sequence[T], columns: Sequence[tuple[str, int, Callable[[T], str], bool]], notes: Sequence[str]
) -> Grid:
    """Columns are (head, priority, text of a row, whether it is text); those that say nothing at all are left out."""
    made = [Column(head, [of(row) for row in rows], priority, is_text) for head, priority, of, is_text in columns]
    return Grid(title, [column for column in made if any(column.values)], ["ok"] * len(rows), list(notes))


# One process, N workers


def _throughput(report: Report) -> list[Grid]:
    rows = measured(report.throughput, report)
    kinds = distinct(row.kind for row in rows)
    made = [_of_kind(kind, [row for row in rows if row.kind == kind]) for kind in kinds]
    if made and (notes := absences(report.throughput)):
        made[-1] = made[-1]._replace(notes=notes)
    return made


def _of_kind(kind: str, rows: list[results.Throughput]) -> Grid:
    return _grid(
        f"throughput, {kind}: units of computation a second",
        rows,
        [
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("workers", 0, lambda row: str(row.workers), False),
            ("as", 0, lambda row: row.topology if row.workers > 1 else "", True),
            ("units/s", 0, lambda row: middle(row.rate_per_s, figures.count), False),
            ("low–high", 2, lambda row: interval(row.rate_per_s, figures.thousands), False),
            ("speed-up", 0, lambda row: middle(row.speedup, figures.ratio) if row.workers > 1 else "", False),
            ("low–high", 1, lambda row: interval(row.speedup, figures.digits) if row.workers > 1 else "", False),
            ("efficiency", 1, lambda row: _share(row.efficiency) if row.workers > 1 else "", False),
        ],
        [],
    )


def _share(value: float | None) -> str:
    return "" if value is None else figures.share(value)


# A service beside CPU-bound work


def _latency(report: Report) -> Grid:
    rows = measured(report.latency, report)

    def quantile(name: str) -> Callable[[results.Latency], str]:
        return lambda row: middle(row.latency_ns.get(name), figures.time)

    def spread(name: str) -> Callable[[results.Latency], str]:
        return lambda row: interval(row.latency_ns.get(name), figures.time)

    return _grid(
        "latency: round trips on one connection, beside CPU-bound threads",
        rows,
        [
            ("model", 0, lambda row: row.model, True),
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("CPU\nthreads", 0, lambda row: str(row.cpu_threads), False),
            ("p50", 0, quantile("p50"), False),
            ("low–high", 3, spread("p50"), False),
            ("p90", 2, quantile("p90"), False),
            ("p99", 0, quantile("p99"), False),
            ("low–high", 3, spread("p99"), False),
            ("p99.9", 2, quantile("p99.9"), False),
            ("max", 1, quantile("max"), False),
            ("round trips", 1, lambda row: figures.count(row.round_trips), False),
        ],
        absences(report.latency),
    )


def _bandwidth(report: Report) -> Grid:
    rows = measured(report.bandwidth, report)
    alone = {
        (row.interpreter, row.model, row.protocol): row.rate_per_s.median
        for row in rows
        if row.cpu_threads == 0 and row.rate_per_s
    }

    def kept(row: results.Bandwidth) -> str:
        whole = alone.get((row.interpreter, row.model, row.protocol))
        return figures.share(row.rate_per_s.median / whole) if whole and row.rate_per_s and row.cpu_threads else ""

    return _grid(
        "bandwidth: messages of 1 KiB there and back, beside CPU-bound threads",
        rows,
        [
            ("model", 0, lambda row: row.model, True),
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("by", 0, lambda row: row.protocol.upper(), True),
            ("CPU\nthreads", 0, lambda row: str(row.cpu_threads), False),
            ("msg/s", 0, lambda row: middle(row.rate_per_s, figures.count), False),
            ("low–high", 2, lambda row: interval(row.rate_per_s, figures.thousands), False),
            ("of alone", 0, kept, False),
            ("sent", 2, lambda row: _datagrams(row, row.sent), False),
            ("received", 2, lambda row: _datagrams(row, row.received), False),
            ("lost", 1, lambda row: _datagrams(row, row.lost), False),
            ("reordered", 1, lambda row: _datagrams(row, row.reordered), False),
            ("wrong", 2, lambda row: figures.count(row.wrong) if row.wrong else "", False),
        ],
        absences(report.bandwidth),
    )


def _datagrams(row: results.Bandwidth, count: int) -> str:
    return figures.count(count) if row.protocol == "udp" else ""


def _convoy(report: Report) -> list[Grid]:
    """A table for each model and interpreter of which there are many rows would be many tables: one for each model."""
    rows = measured(report.convoy, report)
    by_model = [[row for row in rows if row.model == model] for model in distinct(row.model for row in rows)]
    made = [_convoy_of(several) for several in by_model]
    if made and (notes := absences(report.convoy)):
        made[-1] = made[-1]._replace(notes=[*made[-1].notes, *notes])
    return made


def _convoy_of(rows: list[results.Convoy]) -> Grid:
    ordered = [
        row
        for _, several in groupby(rows, key=lambda row: row.interpreter)
        for row in sorted(several, key=_convoy_place)
    ]
    return _grid(
        f"convoy: {rows[0].model} beside CPU-bound work, by switch interval",
        ordered,
        [
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("conn.", 0, lambda row: figures.count(row.connections), False),
            ("CPU work", 0, _beside, True),
            ("interval", 0, lambda row: figures.time(row.interval_s * 1e9), False),
            ("req/s", 0, lambda row: middle(row.rate_per_s, figures.count), False),
            ("low–high", 3, lambda row: interval(row.rate_per_s, figures.thousands), False),
            ("falls", 0, lambda row: middle(row.fall, figures.ratio), False),
            ("low–high", 3, lambda row: interval(row.fall, figures.digits), False),
            ("k", 1, lambda row: middle(row.waits, figures.per_request), False),
            ("asks", 3, lambda row: "" if row.asks is None else figures.per_request(row.asks), False),
            ("predicted", 1, lambda row: middle(row.predicted_per_s, figures.count), False),
            ("off by", 1, _off, False),
            ("p99", 2, lambda row: middle(row.latency_ns.get("p99"), figures.time), False),
            ("waiting\nat once", 3, lambda row: _plain(row.waiting_at_once), False),
        ],
        _reasons(ordered),
    )


def _plain(value: float | None) -> str:
    return "" if value is None else figures.digits(value)


def _convoy_place(row: results.Convoy) -> tuple[int, int, str, float]:
    return row.connections, row.cpu_workers, row.beside, row.interval_s


def _beside(row: results.Convoy) -> str:
    return f"{row.cpu_workers} {row.beside}"


def _off(row: results.Convoy) -> str:
    if row.predicted_per_s is None or row.rate_per_s is None or not row.rate_per_s.median:
        return ""
    return f"{100 * (row.predicted_per_s.median / row.rate_per_s.median - 1):+.0f} %"


def _reasons(rows: Sequence[results.Convoy]) -> list[str]:
    """Why the formula does not hold: of reasons that differ in figures alone the first, and how many there are."""
    alike: dict[str, list[results.Convoy]] = {}
    for row in rows:
        if row.why_not:
            alike.setdefault(FIGURES.sub("", row.why_not), []).append(row)
    return [_reason(several) for several in alike.values()]


def _reason(rows: list[results.Convoy]) -> str:
    first = rows[0]
    if len({row.why_not for row in rows}) == 1:
        return f"{', '.join(distinct(row.interpreter for row in rows))}: {first.why_not}"
    connections = figures.counted(first.connections, "connection")
    where = f"{connections}, {figures.time(first.interval_s * 1e9)}, {first.interpreter}"
    more = f" ({len(rows) - 1} more rows are like it)" if len(rows) > 1 else ""
    return f"{where}: {first.why_not}{more}"


def _offload(report: Report) -> Grid:
    rows = measured(report.offload, report)
    return _grid(
        "offload: light requests, with one heavy one always under way or not, by where the computing is done",
        rows,
        [
            ("model", 0, lambda row: row.model, True),
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("computing", 0, lambda row: row.where, True),
            ("heavy", 0, lambda row: "one" if row.heavy else "none", True),
            ("light\nreq/s", 0, lambda row: middle(row.rate_per_s, figures.count), False),
            ("low–high", 2, lambda row: interval(row.rate_per_s, figures.thousands), False),
            ("p50", 1, lambda row: middle(row.latency_ns.get("p50"), figures.time), False),
            ("p99", 0, lambda row: middle(row.latency_ns.get("p99"), figures.time), False),
            ("heavy/s", 1, lambda row: middle(row.heavy_per_s, figures.digits), False),
        ],
        absences(report.offload),
    )


# Operations, workloads, objects


def _release(report: Report) -> Grid:
    rows = measured(report.release, report)
    names = distinct(row.interpreter for row in rows)
    by_place = {(row.operation, row.interpreter): row for row in rows}
    operations = distinct(f"{row.group}\t{row.operation}" for row in rows)

    def cell(name: str, short: str) -> str:
        row = by_place.get((name, short))
        if row is None or row.lets_go is None:
            return ""
        return "yes" if row.lets_go else "rarely" if row.beats_per_s else "no"

    split = [each.split("\t") for each in operations]
    columns = [
        Column("", [group for group, _ in split], 1, is_text=True),
        Column("operation", [name for _, name in split], 0, is_text=True),
        *(Column(short, [cell(name, short) for _, name in split], 0, is_text=True) for short in names),
    ]
    title = "release: does it let go of the GIL?"
    return Grid(title, columns, ["ok"] * len(split), absences(report.release))


def _tax(report: Report) -> Grid:
    rows = measured(report.tax, report)
    pairs = distinct(f"{row.interpreter}\t{row.against}\t{row.what}" for row in rows)
    by_place = {(f"{row.interpreter}\t{row.against}\t{row.what}", row.workload): row for row in rows}
    workloads = sorted(distinct(row.workload for row in rows), key=lambda name: name != "all")

    def column(pair: str, show: Callable[[results.Tax], str], head: str, priority: int) -> Column:
        found = [by_place.get((pair, workload)) for workload in workloads]
        return Column(head, [show(row) if row else "" for row in found], priority)

    columns = [Column("workload", list(workloads), 0, is_text=True)]
    for pair in pairs:
        mine, other, _ = pair.split("\t")
        columns.append(column(pair, lambda row: middle(row.ratio, figures.ratio), f"{mine}\n/ {other}", 0))
        columns.append(column(pair, lambda row: interval(row.ratio, figures.digits), "low–high", 2))
    caveats = [
        f"{row.interpreter} / {row.against}: {row.what}, {row.version}" + (f"; {row.caveat}" if row.caveat else "")
        for row in rows
        if row.workload == "all"
    ]
    title = "tax: CPU time for the same work, against the other"
    return Grid(title, columns, ["ok"] * len(workloads), [*distinct(caveats), *absences(report.tax)])


def _sharing(report: Report) -> Grid:
    rows = measured(report.sharing, report)
    return _grid(
        "sharing: operations a second on what threads share, or have each",
        sorted(rows, key=lambda row: order(report).index(row.interpreter) if row.interpreter in order(report) else 99),
        [
            ("interpreter", 0, lambda row: row.interpreter, True),
            ("what", 0, lambda row: row.what, True),
            ("how", 0, lambda row: row.how, True),
            ("workers", 0, lambda row: str(row.workers), False),
            ("per s", 0, lambda row: middle(row.rate_per_s, figures.thousands), False),
            ("speed-up", 0, lambda row: middle(row.speedup, figures.ratio) if row.workers > 1 else "", False),
            ("low–high", 2, lambda row: interval(row.speedup, figures.digits) if row.workers > 1 else "", False),
            ("updates", 2, lambda row: figures.count(row.updates) if row.updates else "", False),
            ("lost", 1, _lost, False),
        ],
        [*_counted(report), *absences(report.sharing)],
    )


def _counted(report: Report) -> Sequence[str]:
    """Why constants are in the way of threads without a GIL, or are not."""
    free = [subject.short for subject in report.subjects if not subject.gil]
    rows = [row for row in measured(report.sharing, report) if row.interpreter in free and row.counted is not None]
    return distinct(
        f"{row.interpreter} counts references to {row.counted or 'none'} of the {row.what} {row.how}" for row in rows
    )


def _lost(row: results.Sharing) -> str:
    if row.lost is None or not row.updates:
        return ""
    return f"{figures.digits(100 * row.lost / row.updates)} %" if row.lost else "none"


def _ccbench(report: Report) -> Grid:
    """ccbench's own lines, interpreters side by side."""
    rows = measured(report.ccbench, report)
    names = distinct(row.interpreter for row in rows)
    places = sorted({(row.experiment, row.task, row.threads) for row in rows}, key=_ccbench_place)
    lines = {(row.interpreter, row.experiment, row.task, row.threads): row.line for row in rows}
    columns = [
        Column("experiment", [experiment for experiment, _, _ in places], 0, is_text=True),
        Column("task", [task for _, task, _ in places], 1, is_text=True),
        *(Column(short, [lines.get((short, *place), "") for place in places], 0, is_text=True) for short in names),
    ]
    return Grid("ccbench: what it would have printed", columns, ["ok"] * len(places), absences(report.ccbench))


def _ccbench_place(place: tuple[str, str, int]) -> tuple[int, str, int]:
    experiment, task, threads = place
    return ("throughput", "latency", "bandwidth").index(experiment), task, threads
