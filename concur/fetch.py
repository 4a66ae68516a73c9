"""Start one crawl: the program that an interpreter under test executes.

Tier 0: it must run where nothing is installed but what the model is about, h11 and protego.

    echo '{"seeds": ["http://127.0.0.1:8000/"]}' | python -m concur.fetch threads

The first line of standard input says what to crawl: fields of `Plan`, with URLs
as text, and of `Crawl`. It says on the control descriptor (standard output
unless --control names another) that it is ready, in one JSON line, with what it
observed of itself after its imports. It begins at the next line, or at the
input's end; then it says what it did, what it used, and what it left behind,
and ends when the input does: until then whoever measures may read its counters.
SIGTERM ends it: requests under way still end.
"""

import argparse
import importlib
import importlib.util
import json
import os
import select
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from concur import accounting, catalog, observed
from concur.accounting import descriptors
from concur.crawl.memory import keep_freed
from concur.echo.stop import GRACE_S, Stop
from concur.errors import ConcurError, MachineError, UsageError
from concur.serve import from_file, raise_descriptor_limit, tell

if TYPE_CHECKING:  # h11 and protego may not be there: that is said before they are imported
    from concur.crawl.contract import Crawl
    from concur.crawl.frontier import Record

CRAWL = ("parser", "timeout_s", "allow_private")  # of an order, what is Crawl's; the rest is the Plan's


def main(arguments: list[str] | None = None) -> int:
    """Crawl until nothing is left, or SIGTERM. Returns the exit status; an error is one line on standard error."""
    options = parser().parse_args(arguments)
    try:
        fetch(options)
    except ConcurError as error:
        print(f"concur: {error}", file=sys.stderr)  # noqa: T201 # there is no console in tier 0
        return error.status
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser(prog="concur.fetch", description="Crawl in one model.")
    options.add_argument("model", help="a model's id, or a file that has crawl(crawl, stop)")
    options.add_argument("--control", type=int, metavar="FD", help="the descriptor for JSON lines, open already")
    options.add_argument("--records", metavar="FILE", help="a JSON line for each URL, written at the end")
    options.add_argument("--save", metavar="FILE", help="the journal: begun there, or resumed if there is one")
    options.add_argument(
        "--grace", type=float, default=GRACE_S, metavar="SECONDS", help="for requests to end (default %(default)s)"
    )
    return options


def fetch(options: argparse.Namespace) -> None:
    """Load the model, say so, crawl, and report."""
    observed.watch_gil()
    keep_freed()
    model = load_model(options.model)
    from concur.crawl.contract import run

    order = read_order(sys.stdin.buffer.readline())
    raise_descriptor_limit()
    stop, control = Stop(options.grace), options.control or sys.stdout.fileno()
    records: list[Record] = []
    crawl = crawl_of(order, records, options.save)
    stop.handle_signals()
    before = descriptors()
    tell(control, {"event": "ready", "pid": os.getpid(), "observed": observed.of_this_process(options.model)})
    wait_for_line(stop)
    began_ns = time.monotonic_ns()
    run(model, crawl, stop)
    took_ns = time.monotonic_ns() - began_ns
    tell(control, report(options.model, crawl, stop, before) | {"took_ns": took_ns})
    if options.records:
        from concur.crawl.exporting import row

        with open(options.records, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row(record)) + "\n" for record in records)
    while not stop.is_requested and wait_for_line(stop):
        pass
    stop.close()


def load_model(name: str) -> ModuleType:
    """The module with `crawl`: a row of the catalogue, or a file. Raises UsageError or MachineError if none is here."""
    if name.endswith(".py") or os.sep in name:
        return from_file(Path(name))
    model = catalog.model(name)
    if reason := catalog.missing(model, "crawl"):
        raise MachineError(f"{name} cannot crawl here", why=reason)
    return importlib.import_module(f"concur.crawl.{name}")


def read_order(line: bytes) -> dict[str, Any]:
    """What to crawl. Raises UsageError for what is no order."""
    from concur.wire.faults import UrlError
    from concur.wire.urls import canonical

    try:
        order: dict[str, Any] = json.loads(line)
        order["seeds"] = tuple(map(canonical, order["seeds"]))
        order["origins"] = tuple((scheme, host, port) for scheme, host, port in order.get("origins", ()))
    except (ValueError, TypeError, KeyError, AttributeError, UrlError) as error:
        raise UsageError("the order to crawl is not understood", why=f"{error}: {line[:100]!r}") from None
    return order


def crawl_of(order: dict[str, Any], records: "list[Record]", save: str | None = None) -> "Crawl":
    """The crawl that an order is about; records is filled as it goes on. Raises UsageError for what makes no sense."""
    from concur.crawl.contract import Crawl
    from concur.crawl.frontier import Frontier, Plan
    from concur.crawl.saving import begin, resume
    from concur.wire.links import PARSERS

    own = {name: order.pop(name) for name in CRAWL if name in order}
    if own.get("parser", PARSERS[0]) not in PARSERS:
        raise UsageError(f"there is no parser {own['parser']}", do=f"Take one of {', '.join(PARSERS)}.")
    try:
        plan = Plan(**order)
        frontier = Frontier(plan) if save is None else (resume if os.path.exists(save) else begin)(plan, Path(save))
        return Crawl(frontier, on_record=records.append, **own)
    except TypeError as error:
        raise UsageError("the order to crawl is not understood", why=str(error)) from None


def wait_for_line(stop: Stop) -> bool:
    """Until the next line of the input, or the stop; whether it was a line."""
    ready, _, _ = select.select([sys.stdin, stop], [], [])
    return sys.stdin in ready and bool(os.read(sys.stdin.fileno(), 1024))


def report(name: str, crawl: "Crawl", stop: Stop, before: set[int]) -> dict[str, Any]:
    """What came of it: counts, the most requests that were under way at a time, what was used, and what is left."""
    return {
        "event": "done",
        "is_stopped": stop.is_requested,
        "counts": crawl.frontier.counts._asdict(),
        "most_in_flight": crawl.most_in_flight,
        "notes": crawl.frontier.notes,
        "left": accounting.left_behind(before),
        "usage": accounting.usage(),
        "observed": observed.of_this_process(name),
    }


if __name__ == "__main__":
    sys.exit(main())
