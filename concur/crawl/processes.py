"""The crawler with a process for each request.

The child fetches and parses in parallel with all others, and what it found comes
back through a pipe. Its connection ends with it, so none is kept for the next
request: a fork, a connection and a copy of the links are the price of a page.
"""

from concur.crawl.contract import Crawl
from concur.crawl.forked import Processes
from concur.crawl.workers import carry_out, work_once
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    processes = Processes(crawl, stop, work_once)
    try:
        carry_out(crawl, stop, [], hire=processes.fork)
    finally:
        processes.end()
