"""Raises what nobody expects."""


def crawl(crawl, stop):
    raise ZeroDivisionError("of no use")
