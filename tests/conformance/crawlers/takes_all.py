"""Has no limits worth the name."""

from concur.crawl import threads
from concur.wire.http import Limits


def crawl(crawl, stop):
    crawl.limits = Limits(1 << 20, 150 << 20)
    threads.crawl(crawl, stop)
