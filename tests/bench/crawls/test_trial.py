"""One real crawl, from the start of both processes to their end; and those that go wrong."""

import os
import signal

import msgspec
import psutil

from concur.bench.crawls import scenarios, trial
from concur.bench.crawls.plan import Plan
from concur.bench.crawls.trial import run_trial
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.interpreters.find import current

FREE = place("free")


def target(name: str = "threads", **changes: object) -> Target:
    made = Target(kind="model", name=name, interpreter=current())
    return msgspec.structs.replace(made, **changes)


def tried(one: Target, name: str = "near", tell=lambda stage: None, **changes: int):
    (scenario,) = scenarios.chosen([name], pages=30)
    scenario = msgspec.structs.replace(scenario, **changes)
    plan = Plan(targets=[one], scenarios=[scenario])
    return run_trial(one, scenario, FREE, plan, 1, tell)


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_a_crawl_is_timed_counted_and_held_against_the_answer():
    before = children()
    stages: list[str] = []
    done = tried(target("asyncio_streams"), "hostile", stages.append)
    assert (done.verdict, done.complaints) == ("ok", []), done.reason
    assert stages == ["start", "crawl", "end"]
    assert done.pages >= 30
    assert done.took_ns > 0
    assert done.counters.cpu_ns > 0
    assert done.memory_bytes > 1 << 20
    assert 0 < done.most_in_flight <= 20
    assert 0 < done.web_in_flight <= done.web_connections <= 20
    assert children() == before


def test_a_crawl_that_asks_for_too_much_is_wrong(monkeypatch):
    """The crawler has more connections than the answer allows."""
    monkeypatch.setattr(trial, "order_of", _with_many(trial.order_of))
    done = tried(target(), "far", in_flight=2)
    assert done.verdict == "wrong"
    assert "2 are allowed" in done.reason


def _with_many(order_of):
    return lambda *given: order_of(*given) | {"connections": 20, "connections_per_origin": 20}


def test_a_web_that_dies_in_mid_crawl_fails_the_trial_and_leaves_nobody(monkeypatch):
    before = children()
    monkeypatch.setattr(trial, "LOOK_S", 0.02)

    def kill_web(stage: str) -> None:
        if stage == "crawl":
            webs = [one for one in psutil.Process().children() if "concur.web.program" in one.cmdline()]
            (pid,) = (one.pid for one in webs)
            os.kill(pid, signal.SIGKILL)

    done = tried(target(), "far", kill_web, pages=100)
    assert done.verdict == "failed"
    assert done.reason
    assert children() == before


def test_a_crawler_that_dies_in_mid_crawl_fails_the_trial():
    def kill_crawler(stage: str) -> None:
        if stage == "crawl":
            crawlers = [one for one in psutil.Process().children() if "concur.fetch" in one.cmdline()]
            (pid,) = (one.pid for one in crawlers)
            os.kill(pid, signal.SIGKILL)

    done = tried(target(), "far", kill_crawler)
    assert done.verdict == "failed"
    assert "SIGKILL" in done.reason


def test_a_crawl_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(trial, "LOOK_S", 0.02)
    monkeypatch.setattr(trial, "PATIENCE", 0)
    monkeypatch.setattr(trial, "LEAST_PATIENCE_S", 0)
    done = tried(target("sequential"), "far", in_flight=1)
    assert done.verdict == "failed"
    assert "the crawl did not end" in done.reason


def test_a_crawler_that_does_not_start_says_why():
    done = tried(target("nobody"))
    assert done.verdict == "failed"
    assert "unknown model" in done.reason


def test_who_is_not_what_it_is_called_is_absent_and_not_measured():
    jit = msgspec.structs.replace(current(), jit="on")
    done = tried(target(interpreter=jit))
    assert (done.verdict, done.reason) == ("absent", "its JIT is off")
    assert done.counters is None


def test_a_crawler_that_forks_is_measured_and_leaves_nobody():
    before = children()
    done = tried(target("processes"), in_flight=4)
    assert done.verdict in ("ok", "web-bound"), done.reason
    assert done.most_in_flight <= 4
    assert children() == before
