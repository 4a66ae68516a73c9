"""Whether an answer is the last word on its URL, or when to ask again. Tier 0; pure functions.

What must not live here: queues and clocks; a wait is a length, its beginning is the frontier's business.
"""

from typing import NamedTuple

from concur.crawl.jobs import Failed, Fetched
from concur.crawl.plan import Plan

# RFC 6585, 4 and RFC 9110, 15.6.4: the answers that may carry Retry-After, and mean «not now».
_NOT_NOW = frozenset((429, 503))
_DOUBLINGS = 30  # of the back-off; by then the plan's bound has cut it


class Again(NamedTuple):
    """The URL is to be asked for again, no sooner than after wait_s."""

    wait_s: float


class Ended(NamedTuple):
    """The URL is finished; error is empty where its answer was one."""

    error: str


def judge(outcome: Fetched | Failed, attempt: int, plan: Plan) -> Again | Ended:
    """Whether the attempt, counted from 1, was the last.

    A server that wants to be left alone for longer than the plan waits is left
    alone: nobody asks sooner than allowed.
    """
    if not is_passing(outcome):
        return Ended(_error(outcome) if isinstance(outcome, Failed) else "")
    if attempt > plan.retries:
        return Ended(_error(outcome))
    asked_s = outcome.retry_after_s if isinstance(outcome, Fetched) and outcome.status in _NOT_NOW else None
    if asked_s is None:
        return Again(min(plan.backoff_s * 2.0 ** min(attempt - 1, _DOUBLINGS), plan.retry_after_most_s))
    if not asked_s <= plan.retry_after_most_s:
        return Ended(f"{_error(outcome)}: wants {asked_s:,.0f} s, {plan.retry_after_most_s:,.0f} s are waited at most")
    return Again(max(asked_s, 0.0))


def is_passing(outcome: Fetched | Failed) -> bool:
    """Whether another attempt may end better: 429, 5xx, an answer cut short, a connection lost."""
    if isinstance(outcome, Failed):
        return not outcome.is_final
    return outcome.status == 429 or outcome.status >= 500


def _error(outcome: Fetched | Failed) -> str:
    return outcome.kind if isinstance(outcome, Failed) else f"status {outcome.status}"
