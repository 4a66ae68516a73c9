"""The one rule book of a correct crawl: what is asked for next, and what follows from an answer. Tier 0; pure.

Every model's crawler is this loop, carried out many at a time:

    while not frontier.is_done:
        if job := frontier.take(now_ns):
            frontier.settle(job, fetch(job.url), now_ns)
        else:
            …wait until frontier.next_due_ns(now_ns), or until a request ends

The set of URLs that are fetched does not depend on the order in which answers
come (`ways.py`). What must not live here: sockets, clocks (`now_ns` is given),
threads (a model that has them locks around each call), parsing, files.
"""

from collections.abc import Sequence
from typing import NamedTuple

from concur.crawl import known
from concur.crawl.jobs import REDIRECTS, TOO_MANY_REDIRECTS
from concur.crawl.jobs import Failed as Failed  # part of the frontier, for models to import from here
from concur.crawl.jobs import Fetched as Fetched
from concur.crawl.jobs import Job as Job
from concur.crawl.jobs import Record as Record
from concur.crawl.jobs import RobotsFetched as RobotsFetched
from concur.crawl.jobs import Seen as Seen
from concur.crawl.journal import Entry, Journal
from concur.crawl.plan import Plan as Plan
from concur.crawl.retries import Again, judge
from concur.crawl.schedule import Schedule
from concur.crawl.ways import Ways
from concur.wire.urls import Url


class Facts(NamedTuple):
    """Of a record, what nothing follows from: the last fields of `Record`."""

    duration_ns: int = 0
    seen: Seen = Seen()
    location: str = ""


class Counts(NamedTuple):
    """How far a crawl is: URLs known, finished, counted for the page limit, forbidden so far; requests in flight."""

    known: int
    finished: int
    counted: int
    forbidden: int
    in_flight: int


class Frontier:
    """What a crawl knows, and what it does next. `notes` are sentences that its user should read.

    journal: where each step is kept; one that has steps already is for `saving.resume`.
    """

    def __init__(self, plan: Plan, journal: Journal | None = None) -> None:
        self.plan = plan
        self.notes: list[str] = []
        self._journal = journal
        self._urls = known.Known(plan.origins)
        self._schedule = Schedule(plan, self._urls)
        self._ways = Ways(self._urls, plan.max_depth, self._schedule.queue)
        self._finished = 0
        for seed in self._schedule.numbers(plan.seeds):
            self._ways.reach(seed, 0, 0, known.NOBODY)

    # What is next

    def take(self, now_ns: int) -> Job | None:
        """The job that begins now: robots.txt first, then the lowest depth, then the first found.

        None: none may begin now. `next_due_ns` says when one might.
        """
        job = self._schedule.take(now_ns)
        return job._replace(begun_ns=now_ns) if job else None

    def next_due_ns(self, now_ns: int) -> int | None:
        """When `take` might give a job though no request ends before; None: only the end of one can help."""
        return self._schedule.next_due_ns(now_ns)

    @property
    def is_done(self) -> bool:
        """Whether nothing is in flight, and nothing is left that may be asked for."""
        return self._schedule.is_done

    @property
    def counts(self) -> Counts:
        """How far the crawl is."""
        schedule = self._schedule
        return Counts(len(self._urls), self._finished, schedule.counted, schedule.forbidden, schedule.in_flight)

    def depth(self, url: Url) -> int | None:
        """The fewest links known by now from a seed to a URL, None if no way to it is known.

        A record has what was known when its URL was finished; this may be less.
        """
        number = self._schedule.find(url)
        if number is None or self._urls.depths[number] == known.FAR:
            return None
        return self._urls.depths[number]

    # What came of it

    def settle(self, job: Job, outcome: Fetched | Failed | RobotsFetched, now_ns: int) -> Record | None:
        """Take the outcome of a job in. The record of its URL, if that is finished; None if it is asked for again.

        Of robots.txt there is no record. Raises ValueError for a job that is
        not in flight, MachineError where the journal cannot be written.
        """
        if job.is_robots:
            self.notes += self._schedule.end_robots(job, outcome, now_ns)
            return None
        if isinstance(outcome, RobotsFetched):
            raise ValueError(f"{job.url} was not asked for as robots.txt")
        number = self._schedule.end(job, now_ns)
        verdict = judge(outcome, job.attempt, self.plan)
        if isinstance(verdict, Again):
            self._ask_again(number, round(verdict.wait_s * 1e9), now_ns)
            return None
        return self._finish(number, outcome, verdict.error, now_ns - job.begun_ns)

    def abandon(self, job: Job) -> None:
        """A job was not carried out: it is queued again, and the attempt does not count."""
        self._schedule.abandon(job)

    def close(self) -> None:
        """Close the journal, if there is one."""
        if self._journal:
            self._journal.close()

    # What was saved

    def replay(self, entry: Entry) -> Record | None:
        """Do again what a journal's line says was done: the record of a finished URL, None for one to be asked again.

        Raises LookupError, OverflowError, TypeError or ValueError for a line that makes no sense.
        """
        is_done = "done" in entry
        number = self._checked(entry["done" if is_done else "again"])
        if self._urls.states[number] == known.DONE:
            raise ValueError("finished twice")
        attempts: int = entry.get("attempts", 1)
        self._urls.failures[number] = attempts - is_done
        if not is_done:
            return None
        targets = [self._target(link, number) for link in entry.get("links", ())]
        facts = Facts(entry.get("ns", 0), Seen(*entry.get("seen", ())), entry.get("to", ""))
        return self._conclude(number, entry["status"], targets, entry.get("error", ""), facts)[0]

    def hold(self, number: int, due_ns: int) -> None:
        """A replayed page that is to be asked for again may be from then on."""
        self._schedule.hold(self._checked(number), due_ns)

    def _target(self, link: int | str, page: int) -> int:
        return self._urls.named(link, page) if isinstance(link, str) else self._checked(link)

    def _checked(self, number: int) -> int:
        if not 0 <= number < len(self._urls):
            raise ValueError(f"no page has the number {number}")
        return number

    # Finishing

    def _ask_again(self, number: int, wait_ns: int, now_ns: int) -> None:
        self._urls.failures[number] += 1
        self._schedule.hold(number, now_ns + wait_ns)
        if self._journal:
            self._journal.append({"again": number, "attempts": self._urls.failures[number], "wait_ns": wait_ns})

    def _finish(self, number: int, outcome: Fetched | Failed, error: str, duration_ns: int) -> Record:
        status = outcome.status if isinstance(outcome, Fetched) else 0
        known_before = len(self._urls)
        targets = self._schedule.numbers(_leads_to(outcome))
        if status in REDIRECTS and targets and not self._ways.may_redirect(number):
            error = TOO_MANY_REDIRECTS
        record, to_name = self._conclude(number, status, targets, error, _facts(outcome, duration_ns))
        if self._journal:
            links = [link if link < known_before else self._urls.text(link, number) for link in to_name]
            self._journal.append(_entry(number, record, links))
        return record

    def _conclude(
        self, number: int, status: int, targets: list[int], error: str, facts: Facts
    ) -> tuple[Record, Sequence[int]]:
        """A URL is finished: its record, and those of its targets that a journal has to name."""
        urls = self._urls
        urls.states[number] = known.DONE
        self._finished += 1
        self._schedule.counted += status not in REDIRECTS
        attempt = urls.failures[number] + 1
        record = Record(urls.url(number), status, urls.depths[number], urls.referrer(number), attempt, error, *facts)
        return record, self._ways.add(number, status, targets)


def _facts(outcome: Fetched | Failed, duration_ns: int) -> Facts:
    if isinstance(outcome, Failed):
        return Facts(duration_ns)
    return Facts(duration_ns, outcome.seen, "" if outcome.location is None else str(outcome.location))


def _leads_to(outcome: Fetched | Failed) -> Sequence[Url]:
    """A page's links, or where a redirect goes."""
    if isinstance(outcome, Failed):
        return ()
    if outcome.status in REDIRECTS:
        return () if outcome.location is None else (outcome.location,)
    return outcome.links if outcome.status == 200 else ()


def _entry(number: int, record: Record, links: list[int | str]) -> Entry:
    """The journal's line for a finished URL; what is as usual is left out."""
    entry: Entry = {"done": number, "status": record.status}
    if record.attempt > 1:
        entry["attempts"] = record.attempt
    if record.error:
        entry["error"] = record.error
    if record.location:
        entry["to"] = record.location
    entry["ns"], entry["seen"] = record.duration_ns, list(record.seen)
    return entry | {"links": links} if links else entry
