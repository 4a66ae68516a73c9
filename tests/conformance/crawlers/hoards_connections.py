"""Takes a new connection for each request, and closes none."""

from concur.crawl import keeping, threads

held: list[object] = []


def crawl(crawl, stop):
    keeping.Kept.keep = lambda kept, line: held.append(line)  # type: ignore[method-assign,assignment] # on purpose
    threads.crawl(crawl, stop)
