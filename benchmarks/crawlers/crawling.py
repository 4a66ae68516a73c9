"""Who takes part in `beside.py`, and one crawl by one of them: started, timed, judged.

What must not live here: which crawls there are, and what is made of their figures.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import msgspec

from concur import catalog
from concur.bench.placement import place
from concur.bench.target import running_on
from concur.errors import MachineError, TargetError
from concur.interpreters.tree import tier0_tree
from concur.web.graph import Web
from concur.web.judging import check
from concur.web.oracle import expected
from concur.web.running import Running, running

HERE = Path(__file__).resolve().parent
NEEDS = ("aiohttp", "protego", "scrapy", "selectolax")
OURS = "concur"
PATIENCE_S = 300


class Crawler(msgspec.Struct, frozen=True):
    """Who crawls: a command that ends with a JSON line on standard output, {"event": "done", …}.

    order is its standard input, given the seed's URL and the number of requests that may be under way.
    """

    name: str
    libraries: tuple[str, ...]
    words: Callable[[str, int], list[str]]
    order: Callable[[str, int], str] = lambda _seed, _concurrency: ""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One crawl. complaint says what was wrong with it, empty for a right one; only that has a rate."""

    crawler: str
    round: int
    complaint: str = ""
    pages: int = 0
    took_ns: int = 0
    cpu_ns: int = 0
    connections: int = 0
    in_flight: int = 0

    @property
    def pages_per_s(self) -> float:
        """The rate."""
        return self.pages * 1e9 / self.took_ns


# Who crawls


def ours(model: str, parser: str) -> Crawler:
    """A model of this package."""

    def words(_seed: str, _concurrency: int) -> list[str]:
        return [sys.executable, "-P", "-m", "concur.fetch", model]

    def order(seed: str, concurrency: int) -> str:
        plan = {"seeds": [seed], "connections": concurrency, "connections_per_origin": concurrency, "parser": parser}
        return json.dumps(plan) + "\n"

    libraries = ("h11", "selectolax") if parser == "selectolax" else ("h11",)
    return Crawler(f"{OURS} {model}, {parser}", (*catalog.model(model).needs, *libraries), words, order)


def another(name: str, script: str, libraries: Sequence[str], *more: str) -> Crawler:
    """A script beside this one."""

    def words(seed: str, concurrency: int) -> list[str]:
        return [sys.executable, str(HERE / script), seed, "--concurrency", str(concurrency), *more]

    return Crawler(name, tuple(libraries), words)


OTHERS = (
    another("aiohttp, selectolax", "aiohttp_crawler.py", ("aiohttp", "yarl", "selectolax")),
    another("aiohttp on uvloop, selectolax", "aiohttp_crawler.py", ("aiohttp", "uvloop", "selectolax"), "--uvloop"),
    another("Scrapy, lxml", "scrapy_spider.py", ("scrapy", "twisted", "lxml")),
)


def crawlers(models: Sequence[str], parsers: Sequence[str]) -> list[Crawler]:
    """All that take part. Raises MachineError where a library is missing, UsageError for a model that is none."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        what = f"the crawlers of others need {', '.join(missing)}"
        raise MachineError(what, do="Install them: pip install 'concur[crawlers,models]'.")
    for name in models:
        if reason := catalog.missing(catalog.model(name), "crawl"):
            raise MachineError(f"{name} cannot crawl here", why=reason)
    return [ours(model, parser) for parser in parsers for model in models] + list(OTHERS)


# One crawl


def trial(crawler: Crawler, number: int, web: Web, concurrency: int) -> Trial:
    """Crawl a fresh web in a fresh process."""
    placement = place("pinned")
    with ExitStack() as stack:
        with running_on(placement.engine):
            served = stack.enter_context(running(web))
        try:
            with running_on(placement.target):
                done_ns, cpu_ns = carried_out(crawler, served.seed, concurrency)
        except TargetError as error:
            return Trial(crawler=crawler.name, round=number, complaint=f"failed: {error}")
        return judged(Trial(crawler=crawler.name, round=number, cpu_ns=cpu_ns), done_ns, served, concurrency)


def judged(trial: Trial, done_ns: int, served: Running, concurrency: int) -> Trial:
    """The trial of a crawl that was done then, if it was right by the web's log."""
    log, right = served.log(), expected(served.addresses)
    complaints = check(log, right, connections=concurrency)
    if complaints:
        return msgspec.structs.replace(trial, complaint=f"wrong: {complaints[0]}")
    origins = [origin for origin in log.origins.values() if origin.requests]
    return msgspec.structs.replace(
        trial,
        pages=len(right),
        took_ns=done_ns - min(origin.first_ns for origin in origins),
        connections=max(origin.connections_most for origin in origins),
        in_flight=max(origin.in_flight_most for origin in origins),
    )


def carried_out(crawler: Crawler, seed: str, concurrency: int) -> tuple[int, int]:
    """(when it said that it was done, on the clock that the web has too; CPU time of its life), in ns.

    Raises TargetError where it ends badly, or never.
    """
    with tempfile.TemporaryFile() as stderr, started(crawler.words(seed, concurrency), stderr) as process:
        patience = threading.Timer(PATIENCE_S, process.kill)
        patience.start()
        try:
            done_ns, cpu_ns = attended(process, crawler.order(seed, concurrency))
        finally:
            patience.cancel()
            process.kill()  # if it has not ended
        if process.returncode or not done_ns:
            stderr.seek(0)
            said = stderr.read().decode(errors="replace").strip() or f"it ended with status {process.returncode}"
            raise TargetError(f"{crawler.name} did not crawl", why=said.splitlines()[-1])
    return done_ns, cpu_ns


def started(words: list[str], stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Its process."""
    tier0 = os.environ | {"PYTHONPATH": str(tier0_tree())}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=tier0)


def attended(process: "subprocess.Popen[bytes]", order: str) -> tuple[int, int]:
    """Give the order, hear that it is done (0: never), and let it end."""
    assert process.stdin
    assert process.stdout
    done_ns = 0
    try:
        process.stdin.write(order.encode())
        process.stdin.close()
    except BrokenPipeError:
        pass  # it has ended, and says why elsewhere
    for line in process.stdout:
        if b'"done"' in line:
            done_ns = time.monotonic_ns()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return done_ns, round((usage.ru_utime + usage.ru_stime) * 1e9)
