"""What this machine's Pythons can and can't do in parallel, in ten lines a manager can read. Pure.

Each line is made of measured figures and names the interpreters that they are
of; one whose experiment found nothing is not there. Few rounds describe and
claim nothing: the last line says how many there were.
"""

from collections.abc import Callable, Iterable

from concur import catalog
from concur.bench.results import Estimate
from concur.gil import results
from concur.gil.results import Report
from concur.report import figures
from concur.report.gil.rows import between, measured, told, with_interval

HOLDS = 0.2  # a prediction further off than this does not hold
LEAST_INTERVAL_S = 0.0005  # below it, handing over takes as long as the interval
DEFAULT_INTERVAL_S = 0.005
NO_FALL = 1.1  # a rate that falls by less does not fall
EXTREMES = 3  # of what threads share: so many of the worst are named, and of the best
PLAIN = "threads"  # the model that a line is about where there is one for all


def summary(report: Report) -> list[str]:
    """At most ten lines, the most important first."""
    lines = [line for rule in RULES if (line := rule(report))][: MOST - 1]
    return [*lines, _rounds(report)] if lines else []


def _threads(report: Report) -> str:
    python = _speedups(report, "python", catalog.THREADS)
    if not python:
        return ""
    return f"Two threads of Python code do the work of {told(python)}, where one does the work of 1."


def _others(report: Report) -> str:
    kinds = {"processes": catalog.PROCESSES, "subinterpreters": catalog.INTERPRETERS}
    found = {name: _speedups(report, "python", kind) for name, kind in kinds.items()}
    parts = [f"two {name} of {told(values)}" for name, values in found.items() if values]
    return f"For the same code, {', and '.join(parts)}." if parts else ""


def _c_code(report: Report) -> str:
    released, held = (_speedups(report, kind, catalog.THREADS) for kind in ("released", "held"))
    if not released:
        return ""
    kept = f"; C code that keeps it: {told(held)}" if held else ""
    return f"Two threads in C code that lets go of the GIL do the work of {told(released)}{kept}."


def _speedups(report: Report, kind: str, topology: str) -> dict[str, float]:
    return {
        row.interpreter: row.speedup.median
        for row in measured(report.throughput, report)
        if (row.kind, row.workers, row.topology) == (kind, 2, topology) and row.speedup
    }


def _busy_thread(report: Report) -> str:
    """The convoy at its default: one connection, one CPU-bound thread."""
    rows = [row for row in _convoys(report) if row.beside == catalog.THREADS]
    falls = {row.interpreter: row.fall.median for row in rows if row.fall}
    if not falls:
        return ""
    worst = max((row for row in rows if row.fall), key=lambda row: row.fall.median if row.fall else 0)
    seen = f" ({_rate(worst.alone_per_s)} to {_rate(worst.rate_per_s)} on {worst.interpreter})"
    return f"One busy thread beside a threaded server cuts its requests, one at a time, by {_told_falls(falls)}{seen}."


def _busy_process(report: Report) -> str:
    rows = _convoys(report)
    parts = []
    for name, kind in (("process", catalog.PROCESSES), ("subinterpreter", catalog.INTERPRETERS)):
        falls = {row.interpreter: row.fall.median for row in rows if row.beside == kind and row.fall}
        if falls:
            parts.append(f"in a {name} of its own, by {_told_falls(falls)}")
    return f"The same work {'; '.join(parts)}." if parts else ""


def _convoys(report: Report) -> list[results.Convoy]:
    return [
        row
        for row in measured(report.convoy, report)
        if (row.model, row.connections, row.cpu_workers, row.interval_s) == (PLAIN, 1, 1, DEFAULT_INTERVAL_S)
    ]


def _formula(report: Report) -> str:
    offs = [
        abs(row.predicted_per_s.median / row.rate_per_s.median - 1)
        for row in measured(report.convoy, report)
        if row.predicted_per_s
        and row.rate_per_s
        and row.rate_per_s.median
        and (row.connections, row.cpu_workers) == (1, 1)
        and row.interval_s >= LEAST_INTERVAL_S
    ]
    if not offs:
        return ""
    held, mean = sum(off <= HOLDS for off in offs), sum(offs) / len(offs)
    return (
        f"1/(k·interval + s) foretells the rate of one connection within 20 % in {held} of {len(offs)} cases "
        f"with intervals of 0.5 ms and more; in the mean it is {figures.share(mean)} off, "
        f"at most {figures.share(max(offs))}."
    )


def _cure(report: Report) -> str:
    """Claim 4: one heavy request among light ones."""
    rows = [row for row in measured(report.offload, report) if row.model == PLAIN and row.rate_per_s]
    by_place = {(row.interpreter, row.where, row.heavy): row for row in rows}
    for interpreter in dict.fromkeys(row.interpreter for row in rows):
        alone, inline = (by_place.get((interpreter, "inline", heavy)) for heavy in (False, True))
        cured = by_place.get((interpreter, "2 processes", True))
        if alone and inline and cured:
            rates = [_rate(row.rate_per_s) for row in (inline, alone, cured)]
            return (
                f"One heavy request always under way leaves light ones {rates[0]} of {rates[1]} "
                f"(threads, {interpreter}); computed in two processes, {rates[2]}."
            )
    return ""


def _tax(report: Report) -> str:
    rows = [row for row in measured(report.tax, report) if row.workload == "all" and row.ratio]
    parts = [
        f"{row.interpreter} costs {with_interval(row.ratio)} of {row.against} ({row.what}, {row.version})"
        for row in rows
        if row.ratio
    ]
    return f"On one thread, CPU for the same work: {'; '.join(parts)}." if parts else ""


def _letting_go(report: Report) -> str:
    """Of the operations, those that never let go anywhere and those that always do; by name where they are few."""
    rows = [row for row in measured(report.release, report) if row.lets_go is not None]
    answers: dict[str, set[bool]] = {}
    for row in rows:
        answers.setdefault(row.operation, set()).add(bool(row.lets_go))
    held = [name for name, said in answers.items() if said == {False}]
    let = [name for name, said in answers.items() if said == {True}]
    if not answers:
        return ""
    always = f"{len(let)} of {len(answers)} common operations let go of the GIL on every build that has one"
    return f"{always}; {_named(held)} never do."


def _named(names: list[str]) -> str:
    return f"{len(names)}, as {', '.join(names[:5])}," if len(names) > 5 else ", ".join(names)


def _lost(report: Report) -> str:
    rows = [row for row in measured(report.sharing, report) if row.lost is not None and row.updates and row.workers > 1]
    shares = {
        how: {row.interpreter: 100 * (row.lost or 0) / row.updates for row in rows if f"{row.what}, {row.how}" == how}
        for how in dict.fromkeys(f"{row.what}, {row.how}" for row in rows if row.lost)
    }
    parts = [f"{how}: {told(values, _percent)}" for how, values in shares.items()]
    return f"Updates lost by two threads without a lock: {'; '.join(parts)}." if parts else ""


def _sharing(report: Report) -> str:
    """Free threading alone: what becomes of two threads by what they share, the least and the most."""
    free = [subject.short for subject in report.subjects if not subject.gil]
    speedups = {
        f"{row.what}, {row.how}": row.speedup.median
        for row in measured(report.sharing, report)
        if row.interpreter in free and row.workers == 2 and row.speedup
    }
    parts = [f"{what} {figures.ratio(speedups[what])}" for what in sorted(speedups, key=lambda what: speedups[what])]
    if not parts:
        return ""
    least, most = parts[:EXTREMES], parts[EXTREMES:][-EXTREMES:]
    to = f" to {'; '.join(most)}" if most else ""
    return f"Without a GIL, two threads make of one's work from {'; '.join(least)}{to}."


def _rounds(report: Report) -> str:
    counts = sorted(set(report.rounds.values()))
    made = (
        f"{between(counts[0], counts[-1], figures.count)} round{'s' * (counts[-1] > 1)}" if counts else "no whole round"
    )
    return (
        f"This is what {made} saw on this machine; fewer than ten describe, and claim nothing beyond their intervals."
    )


def _rate(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{figures.count(estimate.median)} req/s"


def _told_falls(falls: dict[str, float]) -> str:
    return told(falls, _times).replace(f"{_times(1)}–", "up to ")


def _times(value: float) -> str:
    if value < NO_FALL:
        return "nothing"
    return figures.ratio(value) if value < 9.995 else f"{value:,.0f}×"


def _percent(value: float) -> str:
    return f"{figures.digits(value)} %" if value else "none"


RULES: Iterable[Callable[[Report], str]] = (
    _threads, _others, _c_code, _busy_thread, _busy_process, _cure, _formula, _tax, _lost, _letting_go, _sharing,
)  # fmt: skip
MOST = 10
