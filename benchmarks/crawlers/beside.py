"""Our crawlers and those of others on the same web: python -m benchmarks.crawlers.beside --rounds 10

In each round every crawler, in shuffled order, in a fresh process on one CPU,
crawls a web that another CPU serves, the same web for all of a round. By its log
each crawl is judged against the right answer: one that is wrong gets no number.

A rate is the pages over the time from the first request, as the web saw it
arrive, to the crawler's own word that it is done: starting is not in it, and
parsing the last page is. CPU a page is that of the process's whole life, its start too.
Nothing is warmed up but by the crawl itself.

Needs the extra `crawlers`. Status 1: a crawler was wrong or failed; 2: nothing can be measured.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.crawlers.crawling import OURS, Crawler, Trial, crawlers, trial
from concur.bench import estimates
from concur.bench.results import Estimate
from concur.errors import ConcurError
from concur.report import figures
from concur.web.graph import Web

MODELS = ("callbacks", "uvloop_streams", "asyncio_streams", "threads")
PARSERS = ("selectolax", "html.parser")
NARROWEST = 140  # columns that a row needs; more than a file or a pipe is taken to have


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A crawler's figures over the rounds; ratio is ours, the fastest, over this one, by round. None: it has none."""

    crawler: str
    versions: dict[str, str]
    pages_per_s: Estimate | None
    cpu_ns_per_page: Estimate | None
    ratio: Estimate | None
    connections: int
    complaint: str


def main() -> int:
    """Measure, and show a table."""
    asked = options().parse_args()
    try:
        taking_part = crawlers(asked.models.split(","), asked.parsers.split(","))
        webs = [Web(seed=seed, pages=asked.pages, latency=asked.latency) for seed in range(1, asked.rounds + 1)]
        trials = list(all_trials(taking_part, webs, asked.concurrency))
    except ConcurError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.status
    rows = summary(taking_part, trials)
    show(rows)
    if asked.json:
        asked.json.write_bytes(msgspec.json.encode({"rows": rows, "trials": trials}))
    return 1 if any(row.complaint for row in rows) else 0


def options() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-m", "--models", default=",".join(MODELS), metavar="A,B", help="ours (default %(default)s)")
    parser.add_argument("--parsers", default=",".join(PARSERS), metavar="A,B", help="of ours (default %(default)s)")
    parser.add_argument("--pages", type=int, default=2000, help="of each web (default %(default)s)")
    parser.add_argument("--concurrency", type=int, default=20, help="requests under way (default %(default)s)")
    parser.add_argument("-r", "--rounds", type=int, default=5, help="crawls by each (default %(default)s)")
    parser.add_argument("--latency", default="none", help="of the webs, such as lognormal:50ms (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all rows and trials")
    return parser


# All of them


def all_trials(crawlers: Sequence[Crawler], webs: Sequence[Web], concurrency: int) -> Iterator[Trial]:
    """A round for each web."""
    for number, web in enumerate(webs):
        for crawler in random.Random(number).sample(crawlers, len(crawlers)):
            one = trial(crawler, number, web, concurrency)
            said = one.complaint or f"{figures.count(one.pages_per_s)} pages/s"
            print(f"{number + 1} of {len(webs)}: {crawler.name}: {said}", file=sys.stderr)  # noqa: T201
            yield one


def summary(crawlers: Sequence[Crawler], trials: Sequence[Trial]) -> list[Row]:
    """A row for each crawler, the fastest first; those without a number last."""
    found = {crawler.name: {one.round: one for one in trials if one.crawler == crawler.name} for crawler in crawlers}
    right = {name: {at: one for at, one in rounds.items() if not one.complaint} for name, rounds in found.items()}
    rates = {name: estimates.estimate([one.pages_per_s for one in ok.values()]) for name, ok in right.items() if ok}
    order = sorted(rates, key=lambda name: -rates[name].median)
    fastest = next((right[name] for name in order if name.startswith(f"{OURS} ")), {})
    names = order + [name for name in found if name not in rates]
    by_name = {crawler.name: crawler for crawler in crawlers}
    return [row(by_name[name], list(found[name].values()), fastest) for name in names]


def row(crawler: Crawler, trials: Sequence[Trial], fastest: dict[int, Trial]) -> Row:
    """One crawler's; fastest are our fastest model's right trials, by round."""
    right = [one for one in trials if not one.complaint]
    pairs = [(fastest[one.round].pages_per_s, one.pages_per_s) for one in right if one.round in fastest]
    return Row(
        crawler=crawler.name,
        versions={name: metadata.version(name) for name in crawler.libraries},
        pages_per_s=estimates.estimate([one.pages_per_s for one in right]) if right else None,
        cpu_ns_per_page=estimates.estimate([one.cpu_ns / one.pages for one in right]) if right else None,
        ratio=estimates.ratio(*map(list, zip(*pairs, strict=True))) if pairs else None,
        connections=max((one.connections for one in right), default=0),
        complaint=next((one.complaint for one in trials if one.complaint), ""),
    )


def show(rows: Sequence[Row]) -> None:
    """The table, and what its columns are."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("crawler", "with", "pages/s", "ours over it", "CPU µs a page", "connections"):
        table.add_column(head, justify="left" if head in ("crawler", "with") else "right")
    for each in rows:
        table.add_row(*cells(each))
    console = Console(highlight=False)
    console.width = max(console.width, NARROWEST)
    console.print(table)
    console.print(f"\n«ours over it»: {OURS}'s fastest crawler over this one, by round. In brackets 95 % intervals.")
    for each in rows:
        if each.complaint:
            console.print(f"{each.crawler}: {each.complaint}", soft_wrap=True)


def cells(row: Row) -> list[str]:
    """A row's line."""
    name = [row.crawler, ", ".join(f"{library} {version}" for library, version in row.versions.items())]
    if row.pages_per_s is None or row.cpu_ns_per_page is None:
        return [*name, "–"]
    return [
        *name,
        spanned(row.pages_per_s, figures.count),
        spanned(row.ratio, figures.digits) if row.ratio else "",
        spanned(row.cpu_ns_per_page, figures.microseconds),
        figures.count(row.connections),
    ]


def spanned(value: Estimate, written: Callable[[float], str]) -> str:
    """`1,800 (1,700–1,900)`."""
    return written(value.median) + ("" if value.interval is None else f" ({'–'.join(map(written, value.interval))})")


if __name__ == "__main__":
    sys.exit(main())
