"""Takes jobs that are not due yet: its clock runs ahead."""

import itertools

from concur.crawl import threads


def crawl(crawl, stop):
    ahead_ns = itertools.count(10**15, 10**9)
    crawl.take = lambda: crawl.frontier.take(next(ahead_ns))
    crawl.wait_s = lambda: 0.01
    threads.crawl(crawl, stop)
