"""A crawler as one writes it with Scrapy: python benchmarks/crawlers/scrapy_spider.py URL

Its settings are those that Scrapy's documentation advises for broad crawls, as
far as they keep retries and redirects. It keeps to its seed's origin and obeys
robots.txt. It prints one JSON line when it is done. Nothing of concur is in it.

Needs Scrapy (the extra `crawlers`).
"""

import argparse
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor


class Pages(scrapy.Spider):
    """Every page of one origin."""

    name = "pages"

    def __init__(self, seed: str, **more: Any) -> None:
        super().__init__(**more)
        self.seed = seed
        parts = urlsplit(seed)
        self.allowed_domains = [parts.hostname]  # for redirects
        self.links = LinkExtractor(allow=f"^{parts.scheme}://{parts.netloc}/")
        self.pages = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first page."""
        yield scrapy.Request(self.seed, self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[scrapy.Request]:
        """Follow the links of a page; Scrapy itself knows which are new."""
        self.pages += 1
        if isinstance(response, TextResponse):
            yield from response.follow_all(self.links.extract_links(response), self.parse)

    def closed(self, reason: str) -> None:
        """Say that it is done."""
        print(json.dumps({"event": "done", "pages": self.pages, "reason": reason}), flush=True)  # noqa: T201


def settings(concurrency: int) -> dict[str, Any]:
    """Scrapy's, for so many requests under way."""
    return {
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "RETRY_TIMES": 2,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
        "REACTOR_THREADPOOL_MAXSIZE": 20,
        # breadth first, as the documentation has it
        "DEPTH_PRIORITY": 1,
        "SCHEDULER_DISK_QUEUE": "scrapy.squeues.PickleFifoDiskQueue",
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    }


def main() -> None:
    """Crawl what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--concurrency", type=int, default=20, help="requests under way (default %(default)s)")
    asked = parser.parse_args()
    process = CrawlerProcess(settings(asked.concurrency))
    process.crawl(Pages, seed=asked.url)
    process.start()


if __name__ == "__main__":
    main()
