"""The crawler with a greenlet for each request that is under way, switched by our reactor.

What it does is in `green`; what makes it greenlets is the hub alone.
"""

from concur.crawl.contract import Crawl
from concur.crawl.green import carry_out
from concur.echo.greenlets import Greenlets
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    with Greenlets() as hub:
        carry_out(crawl, stop, hub)
