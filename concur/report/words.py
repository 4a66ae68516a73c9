"""What the figures of a run say, sentence by sentence, and the command to try next.

Each rule is a small pure function from a run to its sentences; none if it has
nothing to say. A sentence carries the numbers it rests on, and claims no more
than they bear: below ten rounds it describes. Here are the ranking and what
may be claimed; what explains it is in `mechanisms.py`, what many cells say
together in `overview.py`, what the harness could not do in `limits.py`.
"""

import shlex
from collections.abc import Callable, Iterable, Iterator

from concur.bench.results import Cell, Comparison, Run
from concur.report import cells, figures, memory_words, phrases
from concur.report.commands import again, bench
from concur.report.limits import limits
from concur.report.mechanisms import (
    bimodal,
    buffers_kept,
    calmed,
    dose_units,
    engine_bound,
    faulting,
    page_faults,
    server_bound,
    switches,
    with_remedy,
)
from concur.report.overview import (
    best_interpreters,
    best_models,
    compilers,
    doubted,
    lopsided,
    scaling,
    states,
    verdicts_counted,
    versions,
)
from concur.report.precision import endings, longer_windows, noise_floors
from concur.report.predictions import predictions
from concur.report.scaling_words import scaling_sentences
from concur.report.sweep_words import sweep_sentences
from concur.report.sweeps import is_sweep

Rule = Callable[[Run], Iterable[str]]

ROUNDS_SUGGESTED = 12


def sentences(run: Run) -> list[str]:
    """All that can be said of the run, the most important first, the next command last."""
    if run.memory is not None:
        return memory_words.sentences(run)
    rules = RULES_FOR_SWEEPS if is_sweep(run) else RULES_FOR_MANY if cells.is_large(run) else RULES
    said = [sentence for rule in rules for sentence in rule(run)]
    return [*said, f"Next: {next_command(run)}"]


def broken_cells(run: Run) -> Iterator[str]:
    """A server that answers wrongly or fails comes before any ranking."""
    for verdict, meaning in (("wrong", "answered wrongly"), ("failed", "failed"), ("void", "could not be measured")):
        for scenario in cells.scenarios(run):
            bad = [cell for cell in cells.cells_of(run, scenario) if cell.verdict == verdict]
            if bad:
                names = phrases.listed(bad, run) if cells.is_large(run) else _named(bad, run)
                reason = bad[0].reason.rstrip(".") or "no reason was given"
                yield f"In {scenario}, {names} {meaning} and {_is(bad)} not ranked: {reason}{_of_first(bad, run)}."


def _named(bad: list[Cell], run: Run) -> str:
    return ", ".join(cells.name(cell, run) for cell in bad)


def _is(bad: list[Cell]) -> str:
    return "is" if len(bad) == 1 else "are"


def _of_first(bad: list[Cell], run: Run) -> str:
    """Whose reason it is, where several have reasons of their own."""
    return f" ({cells.name(bad[0], run)})" if len({cell.reason for cell in bad}) > 1 else ""


def ranking(run: Run) -> Iterator[str]:
    """First and last of each scenario, of those that served the connections asked for."""
    for scenario in cells.scenarios(run):
        order = [cell for cell in cells.ranked(cells.cells_of(run, scenario)) if cell.connections is None]
        if len(order) >= 2:
            yield _by_latency(run, order) if cells.offered_per_s(order) else _by_rate(run, order)


def _by_rate(run: Run, order: list[Cell]) -> str:
    first, last = order[0], order[-1]
    return (
        f"In {first.scenario}, {cells.name(first, run)} answered most, "
        f"{phrases.rate(first)}{phrases.against(run, first)}; "
        f"{cells.name(last, run)} least, {phrases.rate(last)}{phrases.against(run, last)}."
    )


def _by_latency(run: Run, order: list[Cell]) -> str:
    first, last = order[0], order[-1]
    return (
        f"In {first.scenario}, at {figures.count(cells.offered_per_s(order) or 0)} req/s for all, "
        f"99 of 100 replies came within {phrases.p99(first)} from {cells.name(first, run)}, "
        f"and within {phrases.p99(last)} from {cells.name(last, run)}."
    )


def claims(run: Run) -> Iterator[str]:
    """What may be claimed: nothing below ten rounds, else the verdicts of the comparisons."""
    yield from described(run)
    if cells.rounds(run) < cells.ROUNDS_FOR_A_VERDICT:
        return
    count = cells.rounds(run)
    for scenario in cells.scenarios(run):
        compared = [one for one in run.comparisons if one.scenario == scenario]
        groups = [f"{verdict}: {_listed(compared, verdict)}" for verdict in _verdicts(compared)]
        if groups:
            reference = cells.reference_name(compared[0], run)
            yield f"In {scenario}, against {reference} over {count} rounds: {'; '.join(groups)}."


def described(run: Run) -> Iterator[str]:
    """That fewer rounds than ten claim nothing, and the command that would, unless it is the next one anyway."""
    count = cells.rounds(run)
    if not run.cells or count >= cells.ROUNDS_FOR_A_VERDICT:
        return
    command = more_rounds(run)
    rounds = "1 round describes" if count == 1 else f"{count} rounds describe"
    if next_command(run) == command:
        yield f"{rounds}, and claim{'s' * (count == 1)} nothing: {ROUNDS_SUGGESTED} would."
    else:
        yield f"{rounds}; for a verdict: {command}"


def next_command(run: Run) -> str:
    """The one command that would teach most now."""
    riddle = [cell for cell in faulting(run) if "asyncio" in cell.model and not cell.env]
    if riddle:
        return with_remedy(run, riddle[0])
    if 0 < cells.rounds(run) < cells.ROUNDS_FOR_A_VERDICT:
        return more_rounds(run)
    if needed := _rounds_needed(run):
        return again(run.command, "-r", str(needed))
    if len(cells.interpreters(run)) < 2:
        return again(run.command, "-i", "all")
    return bench("-m", "all") if not cells.is_large(run) else again(run.command, "-s", "mixed")


def _rounds_needed(run: Run) -> int:
    """The most that a comparison of a run of few cells needs; 0 where none does."""
    needed = [int(one.verdict.split()[1]) for one in run.comparisons if one.verdict.startswith("needs ")]
    return 0 if cells.is_large(run) else max(needed, default=0)


def more_rounds(run: Run) -> str:
    """The command with rounds enough for a verdict; of many cells, the first and the reference alone."""
    command = run.command
    if cells.is_large(run):
        best = [cell for cell in cells.capacity_cells(run) if cell.connections is None][:1]
        references = [cell for cell in run.cells if cells.is_reference(run, cell)][:1]
        models, names = zip(*((cell.model, cell.interpreter) for cell in [*references, *best]), strict=True)
        command = shlex.split(again(command, "-m", ",".join(dict.fromkeys(models))))
        command = shlex.split(again(command, "-i", ",".join(dict.fromkeys(names))))
    return again(command, "-r", str(ROUNDS_SUGGESTED))


def _verdicts(compared: list[Comparison]) -> list[str]:
    order = ("faster", "slower", "no difference found")
    return sorted(
        {one.verdict for one in compared},
        key=lambda verdict: (order.index(verdict) if verdict in order else 9, verdict),
    )


def _listed(compared: list[Comparison], verdict: str) -> str:
    return ", ".join(
        f"{phrases.compared(one, compared)} {phrases.ratio(one)}" for one in compared if one.verdict == verdict
    )


RULES: tuple[Rule, ...] = (
    broken_cells,
    ranking,
    scaling_sentences,
    claims,
    endings,
    noise_floors,
    longer_windows,
    bimodal,
    page_faults,
    buffers_kept,
    calmed,
    dose_units,
    engine_bound,
    server_bound,
    switches,
    predictions,
    scaling,
    lopsided,
    states,
    versions,
    compilers,
    limits,
)
RULES_FOR_MANY: tuple[Rule, ...] = (
    broken_cells,
    best_models,
    best_interpreters,
    scaling_sentences,
    described,
    verdicts_counted,
    endings,
    noise_floors,
    longer_windows,
    doubted,
    predictions,
    dose_units,
    scaling,
    lopsided,
    states,
    versions,
    compilers,
    limits,
)
RULES_FOR_SWEEPS: tuple[Rule, ...] = (
    broken_cells,
    sweep_sentences,
    scaling_sentences,
    described,
    endings,
    predictions,
    states,
    versions,
    compilers,
    limits,
)
