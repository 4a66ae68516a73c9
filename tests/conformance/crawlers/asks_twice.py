"""Fetches each page twice."""

from concur.crawl import blocking, threads

fetch_once = blocking.Lines.fetch


def fetch_twice(lines, job):
    fetch_once(lines, job)
    return fetch_once(lines, job)


def crawl(crawl, stop):
    blocking.Lines.fetch = fetch_twice  # type: ignore[method-assign] # on purpose
    threads.crawl(crawl, stop)
