"""Takes every robots.txt for an empty one."""

from concur.crawl import threads
from concur.crawl.frontier import RobotsFetched
from concur.wire.robots import Robots


def crawl(crawl, stop):
    meant = crawl.outcome
    crawl.outcome = lambda job, response: (
        RobotsFetched(Robots.of(404, b"")) if job.is_robots and response.status == 200 else meant(job, response)
    )
    threads.crawl(crawl, stop)
