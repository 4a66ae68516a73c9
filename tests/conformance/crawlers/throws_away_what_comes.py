"""Takes no notice of what comes after the request to stop."""

from concur.crawl import asyncio_streams


def crawl(crawl, stop):
    settle = crawl.settle
    crawl.settle = lambda job, outcome: crawl.abandon(job) if stop.is_requested else settle(job, outcome)
    asyncio_streams.crawl(crawl, stop)
