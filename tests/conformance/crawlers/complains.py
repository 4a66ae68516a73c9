"""Writes to standard error."""

import sys

from concur.crawl import threads


def crawl(crawl, stop):
    threads.crawl(crawl, stop)
    sys.stderr.write("all done\n")
