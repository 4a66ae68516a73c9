"""Does as it should."""

from concur.crawl.asyncio_streams import crawl

__all__ = ["crawl"]
