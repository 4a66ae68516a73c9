"""Crawlers over real sockets, against a web that knows the right answer."""

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import pytest

from concur import catalog
from concur.crawl.contract import Crawl, run
from concur.crawl.frontier import Frontier, Plan, Record
from concur.crawl.saving import begin, resume
from concur.echo.stop import Stop
from concur.errors import MachineError
from concur.web.graph import Web
from concur.web.judging import check
from concur.web.oracle import expected
from concur.web.running import Running, running
from concur.wire.links import PARSERS
from concur.wire.urls import canonical

MODELS = [row.id for row in catalog.MODELS if not catalog.missing(row, "crawl")]
CONCURRENT = [name for name in MODELS if name != "sequential"]
CONNECTIONS = 4


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


def plan(served: Running, **more: object) -> Plan:
    seeds = (canonical(served.seed),)
    origins = tuple(canonical(base).origin for base in served.addresses.bases)
    given = {"seeds": seeds, "origins": origins, "connections_per_origin": CONNECTIONS, "backoff_s": 0.01} | more
    return Plan(**given)  # type: ignore[arg-type]


def crawled(model: str, crawl: Crawl, stop: Stop) -> None:
    sys.modules.pop("twisted.internet.reactor", None)  # one for each process; a test is not one
    importlib.import_module(f"concur.crawl.{model}").crawl(crawl, stop)


@pytest.mark.timeout(60)  # `processes` forks 400 times, and a pytest worker is large
@pytest.mark.parametrize("model", MODELS)
def test_a_hostile_web_is_crawled_exactly(model: str, stop: Stop) -> None:
    with running(Web(pages=300, faults="all", seed=3)) as served:
        records: list[Record] = []
        crawled(model, Crawl(Frontier(plan(served)), on_record=records.append), stop)
        answer = expected(served.addresses)
        assert check(served.log(), answer) == []  # connections: `concur check` counts them where none is dropped
        assert {str(record.url) for record in records} == answer.pages
        assert threading.active_count() <= 2


@pytest.mark.parametrize("parser", PARSERS[1:])
def test_the_fast_parser_finds_the_same(parser: str, stop: Stop) -> None:
    if not find_spec(parser):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {parser}")
    with running(Web(pages=100, faults="base,spellings,private,elsewhere", seed=5)) as served:
        crawled("threads", Crawl(Frontier(plan(served)), parser=parser), stop)
        assert check(served.log(), expected(served.addresses)) == []


@pytest.mark.parametrize("model", MODELS)
def test_the_greatest_depth_and_several_origins_are_kept(model: str, stop: Stop) -> None:
    with running(Web(pages=200, faults="endless", hosts=2, seed=4)) as served:
        crawled(model, Crawl(Frontier(plan(served, max_depth=3))), stop)
        assert check(served.log(), expected(served.addresses, max_depth=3)) == []


@pytest.mark.parametrize("model", MODELS)
def test_an_error_while_an_answer_is_taken_in_ends_the_crawl(model: str, stop: Stop) -> None:
    records: list[Record] = []

    def keep(record: Record) -> None:
        if len(records) == 5:
            raise ZeroDivisionError
        records.append(record)

    sys.modules.pop("twisted.internet.reactor", None)
    with running(Web(pages=100, seed=9)) as served:
        crawl = Crawl(Frontier(plan(served)), on_record=keep)
        with pytest.raises(ZeroDivisionError):
            run(importlib.import_module(f"concur.crawl.{model}"), crawl, stop)
    assert (len(records), crawl.in_flight, crawl.frontier.counts.in_flight) == (5, 0, 0)


@pytest.mark.parametrize("model", CONCURRENT)
def test_a_delay_is_kept_by_all_requests_together(model: str, stop: Stop) -> None:
    with running(Web(pages=12, seed=6)) as served:
        crawled(model, Crawl(Frontier(plan(served, delay_s=0.05))), stop)
        assert check(served.log(), expected(served.addresses), delay_s=0.05) == []


@pytest.mark.parametrize("model", MODELS)
def test_a_page_limit_is_met(model: str, stop: Stop) -> None:
    with running(Web(pages=300, seed=7)) as served:
        crawled(model, Crawl(Frontier(plan(served, max_pages=40))), stop)
        assert check(served.log(), expected(served.addresses), max_pages=40) == []


@pytest.mark.parametrize("model", MODELS)
def test_what_was_stopped_is_resumed_and_nothing_is_fetched_twice(model: str, stop: Stop, tmp_path) -> None:
    with running(Web(pages=150, latency="constant:2ms", seed=8)) as served:
        wanted, path = plan(served), tmp_path / "journal"
        crawl = Crawl(first := begin(wanted, path), on_record=after(30, stop.request))
        crawled(model, crawl, stop)
        first.close()
        assert 30 <= first.counts.finished < 150
        again = Stop()
        crawled(model, Crawl(second := resume(wanted, path)), again)
        second.close()
        again.close()
        log = served.log()
        assert check(log, expected(served.addresses)) in ([], ["/robots.txt was asked for 2 times, 1 is allowed"])
        times = {path: count for origin in log.origins.values() for path, count in origin.times.items()}
        assert {count for path, count in times.items() if path != "/robots.txt"} == {1}


def after(count: int, call: Callable[[], object]) -> Callable[[Record], None]:
    seen: list[Record] = []

    def look(record: Record) -> None:
        seen.append(record)
        if len(seen) == count:
            call()

    return look


@pytest.mark.parametrize("model", CONCURRENT)
def test_requests_that_never_end_are_woken_when_the_grace_is_over(model: str, stop: Stop) -> None:
    with running(Web(pages=20, latency="constant:30s", seed=9)) as served:
        crawl = Crawl(Frontier(plan(served)))
        thread = threading.Thread(target=crawled, args=(model, crawl, stop))
        thread.start()
        while not served.log().origins:
            time.sleep(0.01)
        stop.request()
        for _ in range(100):  # the stop's own timer goes on like that, too
            stop.end_grace()
            thread.join(0.1)
        assert not thread.is_alive()


def test_where_not_all_threads_start_the_others_end_and_it_is_said(stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        start(thread)
        started.append(thread)

    with running(Web(pages=100, seed=9)) as served:
        monkeypatch.setattr(threading.Thread, "start", start_two)
        with pytest.raises(MachineError, match="can't start new thread. Give a smaller --concurrency"):
            run(importlib.import_module("concur.crawl.threads"), Crawl(Frontier(plan(served))), stop)
        monkeypatch.undo()
    assert not any(thread.is_alive() for thread in started)
