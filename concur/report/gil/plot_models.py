"""What a CPU-bound thread does to each model, on one interpreter: latency and bandwidth alone and beside it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from concur.bench.results import Estimate
from concur.gil.results import Bandwidth, Latency, Report
from concur.report import plot
from concur.report.gil import looks
from concur.report.gil.chosen import interpreter_of
from concur.report.gil.pairs import Pair, Panel
from concur.report.gil.pairs import draw as draw_pairs
from concur.report.gil.rows import measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T", Latency, Bandwidth)
QUANTILE = "p99"


def draw(report: Report) -> "Figure | None":
    """Of the interpreter with the most models; None where there are fewer than two."""
    latency, bandwidth = measured(report.latency, report), measured(report.bandwidth, report)
    short = interpreter_of([*latency, *bandwidth])
    times = _pairs((row.model, row.cpu_threads, row.latency_ns.get(QUANTILE)) for row in _of(latency, short))
    panels = [Panel("latency, one connection", f"{QUANTILE} of a round trip", "time", times)]
    for protocol in ("tcp", "udp"):
        rows = [row for row in _of(bandwidth, short) if row.protocol == protocol]
        rates = _pairs((row.model, row.cpu_threads, row.rate_per_s) for row in rows)
        panels.append(Panel(f"bandwidth, {protocol.upper()}", "messages a second", "rate", rates))
    models = [model for model in report.models if any(model in panel.pairs for panel in panels)]
    if len(models) < 2:
        return None
    told = ("○ alone  ● beside one", looks.made_how(report, "bandwidth"))
    return draw_pairs(f"A CPU-bound thread beside each model, on {short}", told, models, panels, plot.look)


def _of(rows: Iterable[T], short: str) -> list[T]:
    return [row for row in rows if row.interpreter == short]


def _pairs(rows: Iterable[tuple[str, int, Estimate | None]]) -> dict[str, Pair]:
    found: dict[str, Pair] = {}
    for model, cpu_threads, value in rows:
        pair = found.get(model, Pair(None, None))
        found[model] = Pair(value if cpu_threads == 0 else pair.before, value if cpu_threads == 1 else pair.after)
    return found
