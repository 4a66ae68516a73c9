"""Ends at the request to stop, whatever is under way."""

import os

from concur.crawl import sequential


def crawl(crawl, stop):
    stop.on_request(lambda: os._exit(0))
    sequential.crawl(crawl, stop)
