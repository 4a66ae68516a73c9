"""A pipe stays."""

import os

from concur.crawl import threads


def crawl(crawl, stop):
    os.pipe()
    threads.crawl(crawl, stop)
