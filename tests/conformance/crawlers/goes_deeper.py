"""Follows links a step further than it should."""

from concur.crawl import threads


def crawl(crawl, stop):
    if crawl.plan.max_depth:
        crawl.frontier._ways._max_depth += 1
    threads.crawl(crawl, stop)
