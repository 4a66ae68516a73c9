"""Waits for each page."""

from concur.crawl.sequential import crawl

__all__ = ["crawl"]
