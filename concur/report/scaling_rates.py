"""What rate sweeps say: the knee of each target, which limits are kept up to where, and what a closed loop hides.

Rules from a run to its sentences, as in `mechanisms.py`. A run of few models has a
sentence for each, one of many a sentence for all.
"""

from collections.abc import Iterator, Sequence

from concur.bench.results import Run
from concur.bench.scaling.records import Kept, RateSweep
from concur.report import figures
from concur.report.scaling_names import of_run, target

FEW = 6  # models that have a sentence each


def knees(run: Run) -> Iterator[str]:
    """Up to which rate each one keeps up, and its p99 at half of that."""
    for sweeps in _by_scenario(of_run(run).rate_sweeps):
        known = sorted((one for one in sweeps if one.knee_low_per_s), key=lambda one: -(one.knee_low_per_s or 0))
        if len(known) > FEW:
            told = (f"{target(one, run)} {_knee(one)}{_short_half(one)}" for one in known)
            yield f"In an open loop, {known[0].scenario}, they keep up to (p99 at half of that): {', '.join(told)}."
        else:
            yield from (_of_sweep(one, run) for one in known)
        for one in sweeps:
            if not one.knee_low_per_s:
                why = one.ended or next((step.why_not for step in one.steps), "")
                yield f"{target(one, run)} kept no rate that it was offered in an open loop{': ' * bool(why)}{why}."


def _by_scenario(sweeps: Sequence[RateSweep]) -> list[list[RateSweep]]:
    groups: dict[str, list[RateSweep]] = {}
    for one in sweeps:
        groups.setdefault(one.scenario, []).append(one)
    return list(groups.values())


def _of_sweep(one: RateSweep, run: Run) -> str:
    low = one.knee_low_per_s or 0.0
    share = figures.share(low / one.capacity_per_s.median) if one.capacity_per_s.median else ""
    half = f" At half of that its p99 is {figures.time(one.p99_at_half_ns.median)}." if one.p99_at_half_ns else ""
    return (
        f"{target(one, run)} keeps up to {_knee(one)} req/s in an open loop, {share} of its capacity in the "
        f"closed loop{_beyond(one)}.{half}"
    )


def _knee(one: RateSweep) -> str:
    more = "at least " if one.knee_high_per_s is None else ""
    return f"{more}{figures.count(one.knee_low_per_s or 0)}"


def _short_half(one: RateSweep) -> str:
    return f" ({figures.time(one.p99_at_half_ns.median)})" if one.p99_at_half_ns else ""


def _beyond(one: RateSweep) -> str:
    high = one.knee_high_per_s
    if high is None:
        return f"; no higher rate was offered{', as ' * bool(one.ended)}{one.ended}"
    step = next((step for step in one.steps if step.offered_per_s == high), None)
    return f"; at {figures.count(high)} {step.why_not}" if step and step.why_not else ""


def kept(run: Run) -> Iterator[str]:
    """For each limit of --keep the rate up to which each one keeps it, the highest first."""
    for sweeps in _by_scenario(of_run(run).rate_sweeps):
        found: dict[str, list[tuple[RateSweep, Kept]]] = {}
        for one in sweeps:
            for limit in one.kept:
                found.setdefault(limit.condition, []).append((one, limit))
        for condition, each in found.items():
            each.sort(key=lambda pair: -pair[1].rate_per_s.median)
            told = ", ".join(f"{target(one, run)} {limit_told(limit)}" for one, limit in each)
            yield f"{condition} is kept, in req/s, by: {told}."


def limit_told(limit: Kept) -> str:
    """`82,300 (79,100–84,000)`, `120,000 (its knee)`, `at least 120,000`, `none, not even 9,000`."""
    rate = figures.count(limit.rate_per_s.median)
    told = {"below": f"none, not even {rate}", "knee": f"{rate} (its knee)", "at least": f"at least {rate}"}
    if limit.bound:
        return told[limit.bound]
    ends = limit.rate_per_s.interval
    return f"{rate} ({'–'.join(map(figures.count, ends))})" if ends else rate


def loops(run: Run) -> Iterator[str]:
    """Once: what the closed loop hides of a latency that the open loop shows."""
    if (found := run.two_loops) is None:
        return
    closed, opened = (figures.time(one.latency_ns["p99"]) for one in (found.closed, found.opened))
    yield (
        f"Why an open loop: of a server that pauses {figures.time(found.pause_ns)} after every "
        f"{figures.count(found.messages_between)} messages, a closed loop sees a p99 of {closed}, an open one of "
        f"{opened}. The closed loop sends nothing while it waits for a reply, and so never counts who would have "
        "queued meanwhile (coordinated omission)."
    )
