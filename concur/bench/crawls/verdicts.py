"""What may be said of a crawl and of a cell of crawls. Tier 1; pure rules over results."""

from collections.abc import Iterable
from statistics import median

from concur.bench import estimates
from concur.bench.crawls.results import Cell, Look, Trial
from concur.bench.results import CpuPerRequest, Estimate
from concur.bench.verdicts import ENGINE_SATURATED as WEB_SATURATED
from concur.bench.verdicts import SERVER_BOUND as CPU_BOUND
from concur.bench.verdicts import UNSTABLE

BROKEN = ("wrong", "failed")
NO_FIGURES = ("wrong", "failed", "absent")
ON_THE_LINE = 0.9  # of what latency alone would allow: from there on it is latency that bounds
TOLD = 3  # complaints that stand in a reason


def of_trial(trial: Trial) -> tuple[str, str]:
    """(verdict, reason) of a crawl that has ended and was judged."""
    if trial.complaints:
        return "wrong", _complaints(trial)
    if trial.end.get("is_stopped"):
        return "failed", "it was stopped in mid-crawl"
    if not trial.pages or not trial.took_ns:
        return "failed", "nothing was crawled"
    web, own = trial.web_busy or 0.0, trial.busy or 0.0
    if web > WEB_SATURATED and own < CPU_BOUND:
        return "web-bound", f"the web was {web:.0%} busy, the crawler {own:.0%}"
    return "ok", ""


def _complaints(trial: Trial) -> str:
    """The first ones, and the last line that it wrote, which may say why."""
    more, last = len(trial.complaints) - TOLD, trial.stderr.splitlines()[-1:]
    told = [*trial.complaints[:TOLD], *([f"and {more} more"] if more > 0 else [])]
    return "; ".join([*told, *(f"it said: {line}" for line in last)])


def measured(cell: Cell) -> list[Trial]:
    """The trials that have figures."""
    return [trial for trial in cell.trials if trial.verdict not in NO_FIGURES]


def summarise(cell: Cell) -> None:
    """Fill a cell in from its trials: medians with intervals, counters a page, what bounds it, the verdict."""
    cell.verdict, cell.reason = of_cell(cell)
    good = measured(cell)
    for trial in (good or cell.trials)[-1:]:
        cell.observed = trial.ready | trial.end.get("observed", {})
    if not good:
        return
    cell.rate_per_s = estimates.estimate([trial.rate_per_s for trial in good])
    cell.cpu_ns_per_page = _cpu_per_page(good)
    cell.counters = _counters_per_page(good)
    cell.busy, cell.web_busy = _median(trial.busy for trial in good), _median(trial.web_busy for trial in good)
    cell.most_in_flight = _median(trial.most_in_flight for trial in good)
    cell.web_in_flight = _median(trial.web_in_flight for trial in good)
    cell.memory_bytes = _median(trial.memory_bytes for trial in good)
    cell.second_half = _median(second_half(trial) for trial in good)
    cell.bound_by = bound_by(cell)


def of_cell(cell: Cell) -> tuple[str, str]:
    """(verdict, reason). One round that was wrong, failed or not what it is called is enough; web-bound is half."""
    if not cell.trials:
        return cell.verdict, cell.reason
    for verdict in (*BROKEN, "absent", "web-bound"):
        bad = [trial for trial in cell.trials if trial.verdict == verdict]
        if bad and (verdict != "web-bound" or 2 * len(bad) >= len(cell.trials)):
            times = "" if len(cell.trials) == 1 else f"in {len(bad)} of {len(cell.trials)} rounds: "
            return verdict, times + bad[0].reason
    rates = [trial.rate_per_s for trial in cell.trials]
    low, high = min(rates), max(rates)
    if high <= UNSTABLE * low:
        return "ok", ""
    return "unstable", f"its rounds lie between {low:,.0f} and {high:,.0f} pages/s: more rounds, a quieter machine"


def bound_by(cell: Cell) -> str:
    """What bounds its rate: CPU, web, latency; or waits, where none of them was used up."""
    if (cell.busy or 0.0) >= CPU_BOUND:
        return "CPU"
    if cell.verdict == "web-bound":
        return "web"
    return "latency" if (line_share(cell) or 0.0) >= ON_THE_LINE else "waits"


def line_share(cell: Cell) -> float | None:
    """Its rate as a share of what latency alone would allow; None without latency, or figures."""
    return cell.rate_per_s.median / cell.ideal_per_s if cell.rate_per_s and cell.ideal_per_s else None


def second_half(trial: Trial) -> float | None:
    """The rate of a crawl's second half over that of its first, by the looks at the web's log; None for too few looks.

    The halves meet where half of the requests had come, between two looks on a straight line.
    """
    if len(trial.looks) < 4 or not trial.requests:
        return None
    middle_ns = _time_of(trial.requests / 2, trial.looks)
    return middle_ns / (trial.took_ns - middle_ns) if middle_ns and 0 < middle_ns < trial.took_ns else None


def _time_of(requests: float, looks: list[Look]) -> float | None:
    before = Look(0, 0)
    for look in looks:
        if look.requests >= requests:
            share = (requests - before.requests) / (look.requests - before.requests)
            return before.at_ns + share * (look.at_ns - before.at_ns)
        before = look
    return None


def _cpu_per_page(trials: list[Trial]) -> CpuPerRequest | None:
    rows = [row for trial in trials if trial.counters and (row := trial.counters.per_request(trial.pages))]
    if not rows:
        return None
    total, user, system = (_estimate(rows, name) for name in ("cpu_ns", "user_ns", "system_ns"))
    return CpuPerRequest(total=total, user=user, system=system)


def _estimate(rows: list[dict[str, float]], name: str) -> Estimate:
    return estimates.estimate([row[name] for row in rows])


def _counters_per_page(trials: list[Trial]) -> dict[str, float]:
    rows = [trial.counters.per_request(trial.pages) for trial in trials if trial.counters]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: median(row[name] for row in rows if name in row) for name in names}


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
