"""The crawler as asyncio protocols on uvloop's loop: the same code, another machine below."""

import uvloop

from concur.crawl.asyncio_protocol import main
from concur.crawl.contract import Crawl
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Run libuv's loop on `main`."""
    uvloop.run(main(crawl, stop))
