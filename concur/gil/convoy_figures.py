"""What the samples of a convoy say: rates, falls, and predictions beside them. Tier 1; pure."""

from collections.abc import Mapping, Sequence
from statistics import median

from concur import catalog
from concur.bench import estimates
from concur.bench.results import Estimate
from concur.gil import formula
from concur.gil.points import Outcome, Sample
from concur.gil.results import Convoy
from concur.load.plan import LATENCY_QUANTILES

DEFAULT_S = 0.005  # the switch interval that every CPython begins with
ALONE = 0  # workers
RATE, ASKS = "rate", "asks"  # what a point is for: the rate and its waits, or how often the GIL is asked for


def rows(outcomes: Sequence[Outcome]) -> list[Convoy]:
    """One for each point with work beside the service. What is said against a service alone is paired by round."""
    found = {(each.point.interpreter, *each.point.what): each for each in outcomes}
    return [_row(each, found) for each in outcomes if each.point.what[2] != ALONE and each.point.what[-1] == RATE]


def _row(outcome: Outcome, found: Mapping[tuple[str | int | float, ...], Outcome]) -> Convoy:
    interpreter, (model, connections, workers, kind, interval_s, _) = outcome.point.interpreter, outcome.point.what
    row = Convoy(
        interpreter=interpreter,
        model=str(model),
        connections=int(connections),
        cpu_workers=int(workers),
        beside=str(kind),
        interval_s=float(interval_s),
        absent="" if outcome.samples else outcome.reason or outcome.point.absent,
    )
    if outcome.samples:
        _fill(row, outcome.samples)
        rest = (ALONE, catalog.THREADS, DEFAULT_S, RATE)
        _compare(row, outcome.samples, _samples(found.get((interpreter, model, connections, *rest))))
        _predict(row, outcome.samples, _samples(found.get((interpreter, model, 1, *rest))))
        asked = _samples(found.get((interpreter, *outcome.point.what[:-1], ASKS))).values()
        row.asks = median(counts) if (counts := [one["asks"] for one in asked if one["asks"] is not None]) else None
    return row


def _samples(outcome: Outcome | None) -> dict[int, Sample]:
    return outcome.samples if outcome else {}


def _fill(row: Convoy, samples: Mapping[int, Sample]) -> None:
    several = list(samples.values())
    row.rate_per_s = estimates.estimate([one["rate_per_s"] for one in several])
    row.latency_ns = {
        name: estimates.estimate([one["latency_ns"][name] for one in several])
        for name in LATENCY_QUANTILES
        if all(name in one["latency_ns"] for one in several)
    }
    row.waits = _estimate([_waits(one) for one in several if one["waits_per_s"] is not None])
    row.cpu_units_per_s = _estimate([one["units_per_s"] for one in several if one["units_per_s"] is not None])


def _estimate(values: Sequence[float]) -> Estimate | None:
    return estimates.estimate(values) if values else None


def _waits(sample: Sample) -> float:
    """k: intervals waited out for a request."""
    return float(sample["waits_per_s"] / sample["rate_per_s"])


def _compare(row: Convoy, samples: Mapping[int, Sample], alone: Mapping[int, Sample]) -> None:
    row.alone_per_s = _estimate([one["rate_per_s"] for one in alone.values()])
    if both := sorted(samples.keys() & alone.keys()):
        row.fall = estimates.ratio(*([one[number]["rate_per_s"] for number in both] for one in (alone, samples)))


def _predict(row: Convoy, samples: Mapping[int, Sample], alone: Mapping[int, Sample]) -> None:
    """alone is at one connection."""
    row.service_ns = _estimate([one["service_ns"] for one in alone.values()])
    row.why_not = next(filter(None, (formula.why_none(one, row.model, row.beside) for one in samples.values())), "")
    if row.why_not or row.rate_per_s is None:
        return
    row.waiting_at_once = median(one["waits_per_s"] for one in samples.values()) * row.interval_s
    both = sorted(samples.keys() & alone.keys())
    if not both or row.service_ns is None:
        row.why_not = "it was not measured how long a request takes alone"
        return
    predicted = [_predicted(row.interval_s, samples[each], alone[each]) for each in both]
    row.predicted_per_s = estimates.estimate(predicted)
    row.why_not = formula.why_not(
        estimates.ratio(predicted, [samples[each]["rate_per_s"] for each in both]).median,
        row.waiting_at_once,
        row.rate_per_s.median,
        interval_s=row.interval_s,
        service_ns=row.service_ns.median,
        workers=row.cpu_workers,
        cpus=samples[both[0]]["cpus"],
    )


def _predicted(interval_s: float, beside: Sample, alone: Sample) -> float:
    return formula.predicted_per_s(_waits(beside), interval_s, alone["service_ns"])
