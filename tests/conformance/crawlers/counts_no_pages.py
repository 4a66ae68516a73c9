"""Goes on where the number of pages is reached."""

from concur.crawl import threads


def crawl(crawl, stop):
    object.__setattr__(crawl.plan, "max_pages", None)
    threads.crawl(crawl, stop)
