"""A web that exists only as a table, and a crawl of it that counts its own time. For tests."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from concur.crawl.frontier import Failed, Fetched, Frontier, Job, Plan, Record, RobotsFetched
from concur.wire.robots import Robots
from concur.wire.urls import Url

SECOND_NS = 10**9
MANY_TURNS = 100_000
Outcome = Fetched | Failed | RobotsFetched


def url(path: str, host: str = "a.test") -> Url:
    """A URL; "b.test/x" is one of another host."""
    if not path.startswith("/"):
        host, _, rest = path.partition("/")
        path = f"/{rest}"
    return Url("http", host, 80, path)


def plan(*seeds: str, **options: Any) -> Plan:
    """A plan that asks nobody's leave unless told to, and waits for nothing."""
    return Plan(tuple(map(url, seeds or ("/",))), **{"obey_robots": False, "backoff_s": 0.0} | options)


def page(*links: str, status: int = 200) -> Fetched:
    return Fetched(status, [url(link) for link in links])


def redirect(to: str | None, status: int = 302) -> Fetched:
    return Fetched(status, location=None if to is None else url(to))


def robots(text: str = "", status: int = 200) -> RobotsFetched:
    return RobotsFetched(Robots.of(status, text.encode()))


LOST = Failed("connection reset", is_final=False)


class Web:
    """What answers: for each path, or "host/path", an outcome, or several in turn, of which the last one stays.

    What is not in the table is a page without links, robots.txt one without rules.
    """

    def __init__(self, table: dict[str, Outcome | list[Outcome]] | None = None) -> None:
        self._table = {url(path): _as_list(outcome) for path, outcome in (table or {}).items()}
        self.asked: list[tuple[str, int]] = []  # what was asked for, and when

    def begin(self, job: Job, now_ns: int) -> None:
        self.asked.append((_name(job.url), now_ns))

    def answer(self, job: Job) -> Outcome:
        usual: Outcome = robots() if job.is_robots else page()
        outcomes = self._table.get(job.url, [usual])
        return outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]

    @property
    def times(self) -> Counter[str]:
        """How many times each URL was asked for."""
        return Counter(name for name, _ in self.asked)

    @property
    def order(self) -> list[str]:
        return [name for name, _ in self.asked]


def crawl(
    frontier: Frontier,
    web: Web,
    pick: Callable[[int], int] = lambda flying: 0,
    lasts_ns: int = 0,
    turns: int = MANY_TURNS,
) -> list[Record]:
    """Crawl to the end, or for so many turns, as many at a time as may be; `pick` says which request ends next.

    A request's end comes lasts_ns after what was before; time passes else only where all wait.
    """
    records: list[Record] = []
    flying: list[Job] = []
    now_ns = 0
    for turn in range(turns):
        if frontier.is_done:
            break
        assert turn < MANY_TURNS - 1, "the crawl does not end"
        if job := frontier.take(now_ns):
            web.begin(job, now_ns)
            flying.append(job)
        elif flying:
            now_ns += lasts_ns
            job = flying.pop(pick(len(flying)))
            if record := frontier.settle(job, web.answer(job), now_ns):
                records.append(record)
        else:
            due_ns = frontier.next_due_ns(now_ns)
            assert due_ns is not None or frontier.is_done, "nothing is in flight, and nothing will ever begin"
            now_ns = now_ns if due_ns is None else due_ns
    return records


def take(frontier: Frontier, now_ns: int = 0) -> Job:
    """The next job, where there has to be one."""
    job = frontier.take(now_ns)
    assert job
    return job


def paths(records: Iterable[Record]) -> set[str]:
    return {_name(record.url) for record in records}


def _name(one: Url) -> str:
    return one.path if one.host == "a.test" else f"{one.host}{one.path}"


def _as_list(outcome: Outcome | list[Outcome]) -> list[Outcome]:
    return list(outcome) if isinstance(outcome, list) else [outcome]
