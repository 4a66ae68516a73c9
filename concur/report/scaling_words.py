"""What curves say, sentence by sentence: scaling laws, where they may be shown, and crossovers.

Rules from a run to its sentences, as in `mechanisms.py`; those about rate sweeps are `scaling_rates.py`'s.
"""

from collections.abc import Callable, Iterator

from concur.bench.results import Run
from concur.bench.scaling.records import Crossover, Curve, Law
from concur.report import cells, figures
from concur.report.scaling_names import named, of_run, place, places, target, where
from concur.report.scaling_rates import kept, knees, loops

MOST_CROSSOVERS = 6


# Scaling laws


def laws(run: Run) -> Iterator[str]:
    """What the law of each curve says; why others have none, those of one reason together."""
    curves = [one for one in of_run(run).curves if one.laws]
    shown = [(one, law) for one in curves if (law := best_law(one))]
    yield from (_of_law(one, law, run) for one, law in shown)
    without: dict[str, list[str]] = {}
    for one in curves:
        if not best_law(one):
            error = one.laws[0].held_out_error
            off = "" if error is None else f" ({percent(error)} off)"
            without.setdefault(one.laws[0].withheld, []).append(f"{target(one, run)}{where(one, run)}{off}")
    for reason, names in without.items():
        yield f"No scaling law is shown for {', '.join(dict.fromkeys(names))}: {reason}."


def best_law(one: Curve) -> Law | None:
    """The first that is not withheld: the universal one, else Amdahl's."""
    return next((law for law in one.laws if not law.withheld), None)


def _of_law(one: Curve, law: Law, run: Run) -> str:
    checked = f"{percent(law.held_out_error or 0)} off at held-out points"
    name = f"{target(one, run)}{where(one, run)}"
    contention = f"contention {percent(law.contention.median)}" if law.contention else ""
    rate = figures.count(law.ceiling_per_s.median) if law.ceiling_per_s else "an unknown rate"
    if law.peak_n:
        ends = f" (95 % between {places(one.over, *law.peak_n.interval)})" if law.peak_n.interval else ""
        beyond = ", beyond what was measured" if law.peak_n.median > one.points[-1].n else ""
        at = f"{place(one.over, law.peak_n.median)}{ends}{beyond}"
        return f"{name} peaks at {at}, {rate} req/s: {contention}, {_coherency(law)}; {checked}."
    return f"{name} goes towards {rate} req/s, no peak was seen: {contention}, by Amdahl's law; {checked}."


def _coherency(law: Law) -> str:
    return f"coherency {percent(law.coherency.median)} a pair" if law.coherency else "no coherency"


def percent(value: float) -> str:
    """A small share: `12 %`, `0.8 %`, `0.0031 %`."""
    share = 100 * value
    return f"{share:.0f} %" if share >= 10 else f"{share:.2g} %" if share >= 1e-4 else "0 %"


# Crossovers


def crossings(run: Run) -> Iterator[str]:
    """Who overtakes whom: those that are sure, or of one round all, as far as they can be listed."""
    found = of_run(run).crossovers
    sure = [one for one in found if one.at.interval]
    told = sure or (found if cells.rounds(run) == 1 else [])
    for one in told[:MOST_CROSSOVERS]:
        yield f"{crossing(one, run)}."
    if len(told) > MOST_CROSSOVERS:
        yield f"{figures.counted(len(told) - MOST_CROSSOVERS, 'further crossover')} of two models stand in the table."


def crossing(one: Crossover, run: Run) -> str:
    """`gevent overtakes threads at 40 connections (95 % between 28 and 61 connections)`."""
    ahead = named(one.label, one.interpreter, run)
    behind = named(one.overtakes, one.overtakes_interpreter, run)
    sure = f" (95 % between {places(one.over, *one.at.interval)})" if one.at.interval else ""
    return f"{ahead} overtakes {behind} at {place(one.over, one.at.median)}{where(one, run)}{sure}"


RULES: tuple[Callable[[Run], Iterator[str]], ...] = (knees, kept, loops, crossings, laws)


def scaling_sentences(run: Run) -> Iterator[str]:
    """All of them; none of a run that swept nothing."""
    for rule in RULES:
        yield from rule(run)
