"""The promises of a crawler as functions, and how each becomes a finding. Tier 1.

    for finding in check_crawl(target):
        print(finding.promise, finding.verdict, finding.checks)

Each is proved against a web that knows the right answer, or an origin that does
not end, both on this machine. What must not live here: what is done for each
promise (`crawl_exact.py`, `crawl_harm.py`, `crawl_endings.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from concur import catalog
from concur.bench.plan import Target
from concur.conformance.crawl_endings import leaves_nothing, refuses_in_one_line, resumes, stops
from concur.conformance.crawl_exact import polite, right_pages, within_limits
from concur.conformance.crawl_harm import endless_ends, stuck_delays_nobody
from concur.conformance.crawler import CrawlSubject, kill_all
from concur.conformance.results import BROKEN, NOT_CHECKABLE, Check, Finding, verdict
from concur.errors import MachineError, TargetError
from concur.interpreters.describe import Interpreter
from concur.interpreters.tree import missing_models, tier0_tree

AT_A_TIME = 3  # promises under check

PROMISES = {
    1: "exactly the right pages of a hostile web, each asked for as often as is allowed",
    2: "a host's delay and its number of connections are kept",
    3: "the greatest depth and the number of pages are kept",
    4: "a stuck server delays no other, and ends by the time-out",
    5: "answers without end, also compressed ones, end at their limits",
    6: "it stops: nothing new is asked for, what is under way ends",
    7: "nothing is left behind",
    8: "stopped and resumed, it loses no page",
    9: "a library missing, or an order that makes no sense: one line, exit status 2",
}
# By model: promises that it does not keep, with the reason.
_OF_LIBUV = {7: catalog.model("uvloop_streams").unmet[8]}
UNMET = {
    "sequential": {4: "it asks for one page at a time, so all wait for the one that does not come"},
    "uvloop_streams": _OF_LIBUV,
    "uvloop_protocol": _OF_LIBUV,
}

CHECKS: dict[int, Callable[[CrawlSubject], Iterator[Check]]] = {
    1: right_pages,
    2: polite,
    3: within_limits,
    4: stuck_delays_nobody,
    5: endless_ends,
    6: stops,
    7: leaves_nothing,
    8: resumes,
    9: refuses_in_one_line,
}


def check_crawl(target: Target, promises: Iterable[int] = CHECKS, **how: Any) -> list[Finding]:
    """A finding for each promise of a crawler. Takes seconds for each; leaves no process behind.

    promises are their numbers; how is what `CrawlSubject` takes. A target that is
    absent is not checkable; one that does not start breaks every promise.
    """
    return list(findings(target, promises, **how))


def findings(target: Target, promises: Iterable[int] = CHECKS, **how: Any) -> Iterator[Finding]:
    """The same, in their order, each as soon as it is there. Raises MachineError where no web can be served."""
    if target.absent:
        yield from (_finding(promise, NOT_CHECKABLE, reason=target.absent) for promise in promises)
    elif fails := why_it_does_not_start(CrawlSubject(target, **how)):
        check = Check("started it", "it is ready to crawl", fails, ok=False)
        yield from (_finding(promise, BROKEN, [check]) for promise in promises)
    else:
        yield from _several_at_a_time(target, promises, how)


def ask_who_crawls(targets: Iterable[Target]) -> list[Target]:
    """The same, models absent with the reason where their interpreter says that they cannot crawl there.

    Raises MachineError where the cache has no place for what they are asked with.
    """
    tier0_tree()
    asked: dict[str, dict[str, str]] = {}
    return [_with_reason(target, asked) for target in targets]


def _with_reason(target: Target, asked: dict[str, dict[str, str]]) -> Target:
    if target.kind != "model" or target.absent:
        return target
    name = target.interpreter.short
    if name not in asked:
        asked[name] = _missing(target.interpreter)
    return msgspec.structs.replace(target, absent=asked[name][target.name])


def _missing(interpreter: Interpreter) -> dict[str, str]:
    """By model; where the interpreter gives no answer, that is the reason for all."""
    try:
        return missing_models(interpreter, "crawl")
    except MachineError as error:
        return {row.id: str(error) for row in catalog.MODELS}


def why_it_does_not_start(subject: CrawlSubject) -> str:
    """In one line; empty if it does."""
    try:
        with subject.start({"seeds": ["http://127.0.0.1/"]}):
            return ""
    except TargetError as error:
        return str(error)


def _several_at_a_time(target: Target, promises: Iterable[int], how: dict[str, Any]) -> Iterator[Finding]:
    """Most of a check is waiting."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            yield from pool.map(lambda promise: check_promise(CrawlSubject(target, **how), promise), promises)
        except BaseException:  # interrupted: whoever is being checked would be waited for
            kill_all()
            raise


def check_promise(subject: CrawlSubject, promise: int) -> Finding:
    """One promise, up to the first check that fails: what follows would most often say the same again."""
    declared = UNMET.get(subject.target.name, {}).get(promise, "")
    checks: list[Check] = []
    try:
        for check in CHECKS[promise](subject):
            checks.append(check)
            if not check.ok:
                break
    except TargetError as error:
        checks.append(Check("started it for this", "it is ready to crawl", str(error), ok=False))
    return _finding(promise, verdict(checks, declared), checks, declared)


def _finding(promise: int, said: str, checks: list[Check] | None = None, reason: str = "") -> Finding:
    return Finding(promise=promise, text=PROMISES[promise], verdict=said, checks=checks or [], reason=reason)
