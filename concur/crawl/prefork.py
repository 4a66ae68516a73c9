"""The crawler with a fixed set of processes, forked before the first request.

As many as may be under way: each keeps its connections, and parses in parallel
with the others. One process has the frontier, gives out jobs and takes in links;
they pass from one memory to another as bytes.
"""

from concur.crawl.contract import Crawl
from concur.crawl.forked import Processes
from concur.crawl.workers import carry_out, work_on
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    processes = Processes(crawl, stop, work_on)
    try:
        carry_out(crawl, stop, [processes.fork() for _ in range(crawl.plan.connections)])
    finally:
        processes.end()
