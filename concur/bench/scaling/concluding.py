"""From a run to all that its file keeps of curves and rate sweeps. Pure; called at a run's end, whatever ended it."""

from collections.abc import Sequence

from concur.bench.results import Run
from concur.bench.scaling import knees, laws
from concur.bench.scaling.crossovers import crossovers
from concur.bench.scaling.curves import PAYLOAD, Measured, measured
from concur.bench.scaling.records import Curve, Scaling


def scaling(run: Run, limits: Sequence[str] = ()) -> Scaling | None:
    """None of a run without a curve and without a rate sweep. limits: conditions of --keep."""
    found = measured(run)
    sweeps = knees.rate_sweeps(run, limits)
    if not found and not sweeps:
        return None
    return Scaling(curves=[_curve(one) for one in found], crossovers=crossovers(found), rate_sweeps=sweeps)


def _curve(one: Measured) -> Curve:
    usable = one.usable
    reason = "; ".join(one.left_out)
    fitted = (
        []
        if one.over == PAYLOAD
        else laws.laws([place.n for place in usable], [list(place.rates.values()) for place in usable], reason)
    )
    return Curve(
        label=one.label,
        model=one.model,
        interpreter=one.interpreter,
        scenario=one.scenario,
        over=one.over,
        fixed=one.fixed,
        points=one.points,
        laws=fitted,
        left_out=[*one.left_out, *_engine_bound(one)],
    )


def _engine_bound(one: Measured) -> list[str]:
    limited = [str(place.n) for place in one.places if place.is_at_least]
    return [f"the engine was the limit at {', '.join(limited)} {one.over}"] if limited else []
