"""The crawler with a Stackless tasklet for each request that is under way, which waits by receiving from a channel.

What it does is in `green`; what makes it tasklets is the hub alone.
"""

from concur.crawl.contract import Crawl
from concur.crawl.green import carry_out
from concur.echo.stop import Stop
from concur.echo.tasklets import Tasklets


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    with Tasklets() as hub:
        carry_out(crawl, stop, hub)
