"""The crawler with a bounded pool of threads, a queue in front and another one behind.

The threads know nothing of the frontier: they fetch what they are given, and
hand on what came. One thread alone takes from it and settles with it, so there is
no lock of ours; the queues have theirs.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl, Outcome
from concur.crawl.frontier import Job
from concur.echo.stop import Stop

News = tuple[Job, Outcome] | None  # None: only that something is to be looked at


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    lines, news = Lines(crawl), SimpleQueue[News]()
    stop.on_request(lambda: news.put(None))  # a SimpleQueue's put may be called in a signal's handler
    stop.on_grace_over(lines.end)
    under_way = 0
    with ThreadPoolExecutor(crawl.plan.connections) as pool:
        while under_way or not (crawl.is_done or stop.is_requested):
            while not stop.is_requested and (job := crawl.take()):
                pool.submit(fetch, job, lines, news.put)
                under_way += 1
            if ended := next_of(news, None if stop.is_requested else crawl.wait_s()):
                crawl.settle(*ended)
                under_way -= 1
    lines.close()


def fetch(job: Job, lines: Lines, tell: Callable[[News], None]) -> None:
    """Carry one job out, in a thread of the pool."""
    tell((job, lines.fetch(job)))


def next_of(news: SimpleQueue[News], seconds: float | None) -> News:
    """What comes next; None where nothing does for so long."""
    try:
        return news.get(timeout=seconds)
    except Empty:
        return None
