"""Workers elsewhere: who gets a job, and what becomes of it when its worker is lost."""

import multiprocessing
import os
import signal
import threading
import time

import psutil
import pytest

from concur.crawl import prefork, processes
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Frontier, Job, Plan, Record
from concur.crawl.workers import LOST, suited
from concur.echo.stop import Stop
from concur.errors import TargetError
from concur.web.graph import Web
from concur.web.running import running
from concur.wire.urls import canonical

HERE, THERE = canonical("http://a.test/"), canonical("http://b.test/")


def test_a_job_goes_to_who_asked_the_same_origin_last_else_to_who_asked_none():
    one, two, three = (multiprocessing.Pipe()[0] for _ in range(3))
    last = {one: THERE.origin, two: HERE.origin}
    idle = [one, two, three]
    job = Job(HERE, 0, None, 1, is_robots=False, chain=0)
    assert [suited(idle, job, last) for _ in range(3)] == [two, three, one]
    assert idle == []


def kill_a_child(web: int) -> None:
    """Once there is one that is not the web."""
    while not (found := [one for one in psutil.Process().children() if one.pid != web]):
        time.sleep(0.01)
    os.kill(found[0].pid, signal.SIGKILL)


@pytest.fixture
def stop():
    made = Stop()
    yield made
    made.close()


def crawl_with_a_kill(model, stop: Stop) -> list[Record]:
    records: list[Record] = []
    with running(Web(pages=10, latency="constant:300ms", seed=2)) as served:
        plan = Plan(seeds=(canonical(served.seed),), connections=1, retries=0, obey_robots=False)
        killer = threading.Timer(0.2, kill_a_child, (served.pid,))
        killer.start()
        try:
            model.crawl(Crawl(Frontier(plan), on_record=records.append), stop)
        finally:
            killer.join()
    return records


def test_a_lost_process_of_one_request_is_that_requests_failure(stop):
    assert [record.error for record in crawl_with_a_kill(processes, stop)] == [LOST.kind]


def test_a_lost_process_of_a_fixed_set_ends_the_crawl_and_leaves_none(stop):
    with pytest.raises(TargetError, match="a worker has ended"):
        crawl_with_a_kill(prefork, stop)
    assert psutil.Process().children() == []
