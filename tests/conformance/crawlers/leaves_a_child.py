"""A child stays."""

import subprocess

from concur.crawl import threads

children: list[subprocess.Popen[bytes]] = []


def crawl(crawl, stop):
    children.append(subprocess.Popen(["sleep", "60"]))
    threads.crawl(crawl, stop)
