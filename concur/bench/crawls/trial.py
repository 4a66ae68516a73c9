"""One trial: a fresh web on one side, a fresh crawler on the other, one crawl from the seed to the end. Tier 1.

The window is the whole crawl. Nothing comes before it but both processes' starts:
an interpreter with a JIT warms up within the crawl, as it does for whoever crawls once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from concur.bench.counters import Counters, Observer, observe
from concur.bench.crawls import own_counts, verdicts
from concur.bench.crawls.crawler import Crawler, Order, started
from concur.bench.crawls.plan import Plan
from concur.bench.crawls.results import Look, Trial
from concur.bench.crawls.scenarios import Scenario
from concur.bench.placement import Placement
from concur.bench.plan import Target
from concur.bench.target import running_on
from concur.bench.verdicts import not_as_named
from concur.errors import ConcurError, TargetError
from concur.web import judging
from concur.web.oracle import expected
from concur.web.running import Running, running

LOOK_S = 0.25  # between two looks at the web's log, each of which costs the web half a millisecond
PATIENCE, LEAST_PATIENCE_S = 20.0, 60.0  # times what it should take; slow interpreters start, and compile, slowly
Tell = Callable[[str], None]


def run_trial(target: Target, scenario: Scenario, placement: Placement, plan: Plan, number: int, tell: Tell) -> Trial:
    """Measure one cell once. Whatever goes wrong is in the result, and nothing of it goes on.

    tell is called with what is going on: "start", "crawl", "end".
    """
    trial = Trial(round=number, started_at=datetime.now(UTC).isoformat(timespec="seconds"), verdict="failed")
    try:
        with running_on(placement.engine), running(scenario.web(plan.seed)) as served:
            tell("start")
            with started(target, order_of(served, scenario, plan), placement.target) as crawler:
                _drive(trial, crawler, served, target, scenario, placement, tell)
    except ConcurError as error:
        trial.verdict, trial.reason = "failed", str(error)
    return trial


def order_of(served: Running, scenario: Scenario, plan: Plan) -> Order:
    """What tells a crawler to crawl that web."""
    return {
        "seeds": [served.seed],
        "origins": [list(origin) for origin in served.addresses.origins],
        "connections": scenario.in_flight,
        "connections_per_origin": scenario.in_flight,
        "retries": scenario.retries,
        "backoff_s": scenario.backoff_s,
        "parser": plan.parser,
    }


def _drive(
    trial: Trial,
    crawler: Crawler,
    served: Running,
    target: Target,
    scenario: Scenario,
    placement: Placement,
    tell: Tell,
) -> None:
    trial.ready = crawler.ready.get("observed", {})
    if reason := not_as_named(target.interpreter, target.env, trial.ready):
        trial.verdict, trial.reason = "absent", reason
        return
    try:
        tell("crawl")
        with crawler.running.blamed("died in mid-crawl"):
            _measure(trial, crawler, served, scenario, placement)
            _judge(trial, served, scenario)
        tell("end")
        crawler.end()
        trial.stderr = crawler.running.said()
        trial.verdict, trial.reason = verdicts.of_trial(trial)
        reason = not_as_named(target.interpreter, target.env, trial.end.get("observed", {}))
        if reason and trial.verdict != "wrong":
            trial.verdict, trial.reason = "absent", reason
    except ConcurError:
        trial.stderr = crawler.running.said()
        raise


def _measure(trial: Trial, crawler: Crawler, served: Running, scenario: Scenario, placement: Placement) -> None:
    """Counters are read at both edges, the crawler's next to the crawl."""
    with ExitStack() as stack:
        of_crawler, of_web = (stack.enter_context(_observing(pid)) for pid in (crawler.pid, served.pid))
        switches = own_counts.at_the_start(crawler.pid)
        web_before, before = of_web.read(), of_crawler.read()
        crawler.say("go")
        trial.looks, memory = _watch(crawler, served, of_crawler, scenario)
        trial.end = crawler.heard("done")
        counted, web_counted = of_crawler.read().minus(before), of_web.read().minus(web_before)
        memory.append(of_crawler.memory())
        trial.memory_bytes = max((each for each in memory if each is not None), default=None)
        trial.counter_source = of_crawler.source
        counted, trial.missing = own_counts.completed(counted, of_crawler.missing, switches, trial.end.get("usage", {}))
        _keep(trial, counted, web_counted, placement)


@contextmanager
def _observing(pid: int) -> Iterator[Observer]:
    observer = observe(pid)
    try:
        yield observer
    finally:
        observer.close()


def _watch(
    crawler: Crawler, served: Running, observer: Observer, scenario: Scenario
) -> tuple[list[Look], list[int | None]]:
    """Until it says something: how far it was at times, and its memory at about half-way. Raises TargetError."""
    began_ns, patience_s = time.monotonic_ns(), max(LEAST_PATIENCE_S, PATIENCE * scenario.about_s())
    looks: list[Look] = []
    memory: list[int | None] = []
    while not crawler.has_said(LOOK_S):
        requests = served.log().requests
        looks.append(Look(time.monotonic_ns() - began_ns, requests))
        if not memory and 2 * requests >= scenario.pages:
            memory.append(observer.memory())
        if looks[-1].at_ns > patience_s * 1e9:
            raise TargetError("the crawl did not end", why=f"it had gone on for {patience_s:.0f} s and was ended")
    return looks, memory


def _keep(trial: Trial, counted: Counters, web_counted: Counters, placement: Placement) -> None:
    trial.took_ns, trial.most_in_flight = int(trial.end["took_ns"]), int(trial.end["most_in_flight"])
    trial.counters, trial.busy = counted, counted.busy(placement.allotted)
    trial.web_busy = web_counted.busy(1)


def _judge(trial: Trial, served: Running, scenario: Scenario) -> None:
    """What the web was asked against the right answer."""
    log, answer = served.log(), expected(served.addresses, retries=scenario.retries)
    trial.complaints = judging.check(log, answer, connections=scenario.in_flight)
    trial.pages, trial.requests = len(answer) - judging.missing(log, answer), log.requests
    trial.web_in_flight = max(origin.in_flight_most for origin in log.origins.values())
    trial.web_connections = max(origin.connections_most for origin in log.origins.values())
