"""The report of a crawled site on a terminal. Tier 2.

Whatever a site says of itself is shown with no control character in it: it might
move the cursor, or turn the line around.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from concur.report import figures
from concur.report.bullets import bullet
from concur.report.site import Broken, Site

MOST = 20  # rows of a kind: the export has all


def show(site: Site, console: Console) -> None:
    """Prints all of it."""
    console.print(_facts(site))
    _listed(console, "broken", [_broken(row) for row in site.broken])
    _listed(console, "slowest pages", [(figures.time(row.ms * 1e6), row.url) for row in site.slow])
    chains = [(figures.counted(len(chain) - 1, "hop"), " → ".join(chain)) for chain in site.redirect_chains]
    _listed(console, "redirects that lead to redirects", chains)
    _listed(console, "the same body", [(f"{len(group)} ×", "  ".join(group)) for group in site.duplicates])
    console.print()
    for note in site.notes:
        bullet(console, printable(note), "!", "yellow")


def printable(text: str) -> str:
    """The text with a mark in place of each control character, or of what else does not print."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _facts(site: Site) -> Table:
    table = _plain()
    rate = f", {site.urls / site.took_s:,.1f} a second" if site.took_s else ""
    of_all = "" if site.is_complete else ", more are left"
    table.add_row("crawled", f"{figures.counted(site.urls, 'URL')}{of_all}, in {figures.time(site.took_s * 1e9)}{rate}")
    table.add_row("answers", ", ".join(f"{count:,} × {status}" for status, count in site.statuses.items()) or "none")
    table.add_row("size", f"{site.bytes / 2**20:,.1f} MiB, up to {figures.counted(site.depth, 'link')} from the start")
    if site.median_ms is not None and site.p90_ms is not None:
        half, most = figures.time(site.median_ms * 1e6), figures.time(site.p90_ms * 1e6)
        table.add_row("a page", f"takes {half} in the median, nine of ten take up to {most}")
    if site.forbidden:
        table.add_row("robots.txt", f"keeps {figures.counted(site.forbidden, 'URL')} to itself")
    return table


def _broken(row: Broken) -> tuple[str, str]:
    found = f", linked from {row.referrer}" if row.referrer else ""
    return row.error or str(row.status), f"{row.url}{found}"


def _listed(console: Console, title: str, rows: Sequence[tuple[str, str]]) -> None:
    if not rows:
        return
    console.print()
    console.print(Text(f"{title}: {len(rows):,}", style="bold"))
    table = _plain()
    for first, second in rows[:MOST]:
        table.add_row(printable(first), printable(second))
    console.print(table)
    if len(rows) > MOST:
        console.print(f"… and {len(rows) - MOST:,} more; --export FILE has every URL")


def _plain() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=False, min_width=10)
    table.add_column(overflow="fold")
    return table
