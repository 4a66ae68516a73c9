"""Waits for what is under way for as long as that takes."""

from concur.crawl import sequential


def crawl(crawl, stop):
    stop.on_grace_over = lambda callback: None
    sequential.crawl(crawl, stop)
