"""The crawler that asks for one page at a time.

It waits for every answer, and does nothing else meanwhile: a second of latency
is a second of the crawl. What the others gain, they gain over this.
"""

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: the request under way then still ends."""
    lines = Lines(crawl)
    stop.on_grace_over(lines.end)
    while not (crawl.is_done or stop.is_requested):
        if job := crawl.take():
            outcome = lines.fetch(job)
            crawl.settle(job, outcome)
        else:
            stop.wait(crawl.wait_s())
    lines.close()
