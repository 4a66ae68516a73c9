"""The nine promises as functions, and how each becomes a finding. Tier 1."""

import resource
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from concur.bench.plan import Target
from concur.bench.target import kill_all
from concur.catalog import PROMISES
from concur.conformance.endings import drains, leaves_nothing
from concur.conformance.exact import bytes_return, half_closed_gets_everything
from concur.conformance.limits import memory_does_not_grow, survives_without_descriptors
from concur.conformance.results import BROKEN, NOT_CHECKABLE, Check, Finding, NotCheckable, verdict
from concur.conformance.rude import rude_ends_alone, stuck_delays_nobody
from concur.conformance.starting import refuses_in_one_line
from concur.conformance.subject import Subject, why_it_does_not_start
from concur.errors import MachineError, TargetError

AT_A_TIME = 3  # promises under check
DESCRIPTORS = 512  # for the peers of so many, at most 130 each, and what else a process holds

CHECKS: dict[int, Callable[[Subject], Iterator[Check]]] = {
    1: bytes_return,
    2: half_closed_gets_everything,
    3: rude_ends_alone,
    4: stuck_delays_nobody,
    5: memory_does_not_grow,
    6: survives_without_descriptors,
    7: drains,
    8: leaves_nothing,
    9: refuses_in_one_line,
}


def check_echo(target: Target, promises: Iterable[int] = CHECKS, **how: Any) -> list[Finding]:
    """A finding for each promise of the echo service. Takes seconds for each; leaves no process behind.

    promises are their numbers; how is what `Subject` takes: dosed=False for a
    server that knows of no dose. One that is absent is not checkable; one that
    does not start breaks every promise, and is not tried again for each.
    """
    return list(findings(target, promises, **how))


def findings(target: Target, promises: Iterable[int] = CHECKS, **how: Any) -> Iterator[Finding]:
    """The same, in their order, each as soon as it is there. Raises MachineError where descriptors are too few."""
    have_descriptors()
    if target.absent:
        yield from (_finding(promise, NOT_CHECKABLE, reason=target.absent) for promise in promises)
    elif fails := why_it_does_not_start(Subject(target, **how)):
        check = Check("started it", "it serves", fails, ok=False)
        yield from (_finding(promise, BROKEN, [check]) for promise in promises)
    else:
        yield from _several_at_a_time(target, promises, how)


def _several_at_a_time(target: Target, promises: Iterable[int], how: dict[str, Any]) -> Iterator[Finding]:
    """Most of a check is waiting. A command gets a port that was free a moment ago, so one at a time."""
    with ThreadPoolExecutor(1 if target.kind == "command" else AT_A_TIME) as pool:
        try:
            yield from pool.map(lambda promise: check_promise(Subject(target, **how), promise), promises)
        except BaseException:  # interrupted: whoever is being checked would be waited for
            kill_all()
            raise


def have_descriptors() -> None:
    """See to it that this process may hold as many peers as the checks need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= DESCRIPTORS:
        return
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        raise MachineError(
            f"the checks need {DESCRIPTORS} descriptors",
            why=f"this process may hold only {hard}",
            do=f"Raise the limit: ulimit -Hn {DESCRIPTORS}, as root.",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))


def check_promise(subject: Subject, promise: int) -> Finding:
    """One promise, up to the first check that fails: what follows would most often say the same again."""
    declared = subject.row.unmet.get(promise, "") if subject.row else ""
    checks: list[Check] = []
    try:
        for check in CHECKS[promise](subject):
            if not check.ok:
                checks.append(_with_death(check, subject.how_it_died()))
                break
            checks.append(check)
    except TargetError as error:
        checks.append(Check("started it for this", "it serves", str(error), ok=False))
    except NotCheckable as error:
        return _finding(promise, NOT_CHECKABLE, checks, str(error))
    return _finding(promise, verdict(checks, declared), checks, declared)


def _with_death(check: Check, died: str) -> Check:
    """What was seen of a server that has died meanwhile is best explained by that."""
    seen = check.seen if not died or died in check.seen else f"{check.seen}; {died}"
    return msgspec.structs.replace(check, seen=seen)


def _finding(promise: int, said: str, checks: list[Check] | None = None, reason: str = "") -> Finding:
    return Finding(promise=promise, text=PROMISES[promise], verdict=said, checks=checks or [], reason=reason)
