"""Messages a second to a service, by TCP and UDP, over the CPU-bound threads beside it."""

from typing import TYPE_CHECKING

from concur.bench.results import Estimate
from concur.gil.results import Bandwidth, Report
from concur.report import figures
from concur.report.gil import curves, looks
from concur.report.gil.chosen import model_of, of_model
from concur.report.gil.rows import measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(report: Report) -> "Figure | None":
    """Of one model on all interpreters; None where there are no messages."""
    rows = of_model(measured(report.bandwidth, report))
    panels = [curves.Panel(protocol.upper(), _lines(rows, protocol)) for protocol in ("tcp", "udp")]
    title = "Bandwidth of a service beside CPU-bound threads"
    told = (f"model {model_of(rows)}{_lost(rows)}", looks.made_how(report, "bandwidth"))
    return curves.draw(title, told, panels, axis="messages a second", unit="rate")


def _lost(rows: list[Bandwidth]) -> str:
    """How many datagrams were lost."""
    sent, lost = (sum(getattr(row, name) for row in rows if row.protocol == "udp") for name in ("sent", "lost"))
    told = f"{figures.digits(100 * lost / sent)} % of datagrams" if lost else "no datagram"
    return f", {told} lost" if sent else ""


def _lines(rows: list[Bandwidth], protocol: str) -> dict[str, dict[int, Estimate]]:
    lines: dict[str, dict[int, Estimate]] = {}
    for row in rows:
        if row.protocol == protocol and row.rate_per_s and row.rate_per_s.median > 0:
            lines.setdefault(row.interpreter, {})[row.cpu_threads] = row.rate_per_s
    return lines
