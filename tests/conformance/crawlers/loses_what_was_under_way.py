"""Takes what comes after the request to stop for a final failure."""

from concur.crawl import threads
from concur.crawl.frontier import Failed


def crawl(crawl, stop):
    settle = crawl.settle
    crawl.settle = lambda job, outcome: settle(job, Failed("stopped", is_final=True) if stop.is_requested else outcome)
    threads.crawl(crawl, stop)
