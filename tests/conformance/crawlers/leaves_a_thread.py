"""A thread stays."""

import threading
import time

from concur.crawl import threads


def crawl(crawl, stop):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    threads.crawl(crawl, stop)
