"""Hears of no stop."""

import time

from concur.crawl import sequential


class Deaf:
    """A stop that is never requested."""

    is_requested = False

    def on_request(self, callback):
        """It is not."""

    on_grace_over = on_request

    def wait(self, timeout_s):
        time.sleep(timeout_s or 0)


def crawl(crawl, stop):
    sequential.crawl(crawl, Deaf())  # type: ignore[arg-type] # it is meant to be wrong
