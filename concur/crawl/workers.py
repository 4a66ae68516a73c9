"""A crawl whose requests are made by workers elsewhere: other processes, or interpreters. Tier 0.

The frontier stays here. A worker gets a job on its line, fetches and parses, and
sends back what came of it; both are copied on the way (pickle). What must not live
here: how workers come about.
"""

from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl, Outcome
from concur.crawl.frontier import Failed, Job
from concur.crawl.plan import Origin
from concur.echo.stop import Stop
from concur.errors import TargetError

LOST = Failed("its worker has ended", is_final=False)

Line = Connection


def carry_out(crawl: Crawl, stop: Stop, idle: list[Line], hire: Callable[[], Line] | None = None) -> None:
    """Give jobs to idle workers, or to new ones, until nothing is left or the stop; what is under way still ends.

    Workers that are hired work once, and the job of one that is lost is a failure. The others work until their line
    ends; raises TargetError if one is lost. After the grace period they are killed, and their jobs abandoned.
    """
    busy: dict[Line, Job] = {}
    last: dict[Line, Origin] = {}
    is_forced: list[bool] = []
    stop.on_grace_over(lambda: is_forced.append(True))
    while busy or not (crawl.is_done or stop.is_requested):
        while not stop.is_requested and (job := crawl.take()):
            line = hire() if hire else suited(idle, job, last)
            line.send(job)
            last[line] = job.url.origin
            busy[line] = job
        for line in next_of(busy, stop, crawl):
            outcome = received(line)
            if outcome is None and not (hire or is_forced):
                raise TargetError("a worker has ended before it was asked to", why=f"it was to fetch {busy[line].url}")
            if outcome is None and is_forced:
                crawl.abandon(busy.pop(line))
            else:
                crawl.settle(busy.pop(line), LOST if outcome is None else outcome)
            if hire or outcome is None:
                line.close()
            else:
                idle.append(line)


def suited(idle: list[Line], job: Job, last: dict[Line, Origin]) -> Line:
    """A worker that has asked the same origin last, if one is idle: it may have a connection there.

    Else one that has no connection at all, else any. Each keeps one connection at most (`work_on`), so that an
    origin has no more of them than requests at a time.
    """
    liked = {job.url.origin: 0, None: 1}
    line = min(idle, key=lambda each: liked.get(last.get(each), 2))
    idle.remove(line)
    return line


def next_of(busy: dict[Line, Job], stop: Stop, crawl: Crawl) -> list[Line]:
    """The lines that have something to say; none where the stop, or the time for another job, comes first."""
    also: list[Any] = [] if stop.is_requested else [stop]
    ready = wait([*busy, *also], None if stop.is_requested else crawl.wait_s())
    return [line for line in ready if line in busy]


def received(line: Line) -> Outcome | None:
    """What a worker says; None if it has ended instead."""
    try:
        outcome: Outcome = line.recv()
    except (EOFError, OSError):
        return None
    return outcome


def work_on(line: Line, lines: Lines) -> None:
    """The worker: fetch what comes, until no more does."""
    with line:
        while job := next_job(line):
            lines.leave_others(job.url.origin)
            line.send(lines.fetch(job))
    lines.close()


def work_once(line: Line, lines: Lines) -> None:
    """The worker that is there for one job alone. Its connection ends before anybody has another in its place."""
    with line:
        if job := next_job(line):
            outcome = lines.fetch(job)
            lines.close()
            line.send(outcome)


def next_job(line: Line) -> Job | None:
    """What is to be fetched; None where no more is."""
    try:
        job: Job = line.recv()
    except EOFError:
        return None
    return job
