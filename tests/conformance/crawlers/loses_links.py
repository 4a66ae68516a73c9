"""Sees the last of a page's links alone."""

from dataclasses import replace

from concur.crawl import threads


def crawl(crawl, stop):
    meant = crawl.outcome

    def outcome(job, response):
        seen = meant(job, response)
        return seen if job.is_robots else replace(seen, links=seen.links[-1:])

    crawl.outcome = outcome
    threads.crawl(crawl, stop)
