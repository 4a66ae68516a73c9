"""One origin's robots.txt: asked for first, asked again like a page, obeyed. Tier 0; pure.

RFC 9309: a file that is not there allows everything, one that cannot be had
forbids everything. Redirects are followed within the origin; too many, or one
that leads elsewhere, count as no file (2.3.1.2). What must not live here: what
the file's lines mean (`wire/robots.py`), and when other requests may begin
(`politeness.py`).
"""

from concur.crawl.jobs import MOST_REDIRECTS, REDIRECTS, TOO_MANY_REDIRECTS, Failed, Fetched, Job, RobotsFetched
from concur.crawl.plan import Origin, Plan
from concur.crawl.retries import Again, judge
from concur.wire.robots import Robots
from concur.wire.urls import Url

ROBOTS_PATH = "/robots.txt"
_NO_FILE, _NO_ANSWER = 404, 0


class Permission:
    """What may be asked of one origin. `robots` is None until that is known, and where the plan ignores it."""

    def __init__(self, origin: Origin, plan: Plan) -> None:
        self._plan = plan
        self._url = Url(*origin, ROBOTS_PATH)
        self._failures = self._chain = 0
        self.is_asked = False  # a request for it is in flight
        self.due_ns = 0  # when it may be asked for, if it is to be asked for again
        self.robots: Robots | None = None
        self.is_known = not plan.obey_robots
        self.note = ""  # what a user should hear of it

    @property
    def is_wanted(self) -> bool:
        """Whether a request for robots.txt is yet to be made."""
        return not (self.is_known or self.is_asked)

    def job(self) -> Job:
        """The request, which begins now."""
        self.is_asked = True
        return Job(self._url, 0, None, self._failures + 1, True, self._chain)

    def abandon(self) -> None:
        """The request was not carried out."""
        self.is_asked = False

    def settle(self, outcome: Fetched | Failed | RobotsFetched, now_ns: int) -> None:
        """Take the answer in; it is known now, or asked for again from `due_ns` on."""
        self.is_asked = False
        if isinstance(outcome, RobotsFetched):
            self._decide(outcome.robots)
        elif isinstance(outcome, Fetched) and outcome.status in REDIRECTS:
            self._follow(outcome.location)
        else:
            self._ask_again_or_give_up(outcome, now_ns)

    def allows(self, url: Url) -> bool:
        """Whether a URL of this origin may be asked for."""
        return self.robots is None or self.robots.allows(url, self._plan.agent)

    def _decide(self, robots: Robots) -> None:
        self.robots, self.is_known = robots, True

    def _follow(self, location: Url | None) -> None:
        self._chain += 1
        if location is None or location.origin != self._url.origin:
            self._decide(Robots.of(_NO_FILE, b""))
        elif self._chain > MOST_REDIRECTS:
            self._give_up(_NO_FILE, TOO_MANY_REDIRECTS)
        else:
            self._url = location

    def _ask_again_or_give_up(self, outcome: Fetched | Failed, now_ns: int) -> None:
        verdict = judge(outcome, self._failures + 1, self._plan)
        if isinstance(verdict, Again):
            self._failures += 1
            self.due_ns = now_ns + round(verdict.wait_s * 1e9)
        elif isinstance(outcome, Fetched):
            self._give_up(outcome.status, verdict.error)
        else:
            self._give_up(_NO_ANSWER, verdict.error)

    def _give_up(self, status: int, why: str) -> None:
        self._decide(Robots.of(status, b""))
        root = self._url._replace(path="/")
        effect = "so it forbids nothing" if self.allows(root) else "so nothing there may be asked for"
        self.note = f"{self._url} could not be had ({why}), {effect}." if why else ""
