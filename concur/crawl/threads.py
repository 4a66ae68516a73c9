"""The crawler with a thread for each request that may be under way.

The code of a request is that of `sequential`: it blocks. While one thread waits
for an answer, others wait for theirs, or parse: under the GIL, one at a time. What
they share is the frontier, so whoever takes from it or settles with it holds its lock.
"""

import threading

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.echo.stop import Stop
from concur.errors import MachineError

HEAR_S = 0.1  # a join is not interrupted by a signal that came to another thread: its handler runs between two


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    lines = Lines(crawl)
    change = threading.Condition()  # of the frontier: its lock, and the news that a job has ended

    def next_job() -> Job | None:
        with change:
            while not (crawl.is_done or stop.is_requested):
                if job := crawl.take():
                    return job
                change.wait(crawl.wait_s())
            change.notify_all()  # the others have nothing to wait for, either
            return None

    def work() -> None:
        while job := next_job():
            outcome = lines.fetch(job)
            with change:
                crawl.settle(job, outcome)
                change.notify_all()

    def wake() -> None:
        with change:
            change.notify_all()

    stop.on_request(wake)
    stop.on_grace_over(lines.end)
    threads = [threading.Thread(target=work) for _ in range(crawl.plan.connections)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:
        what = f"cannot start {len(threads)} threads"
        crawl.error = MachineError(what, why=str(error), do="Give a smaller --concurrency.")
        wake()  # those that have started: they end
    for thread in threads:
        while thread.is_alive():
            thread.join(HEAR_S)
    lines.close()
