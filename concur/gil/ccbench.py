"""ccbench's own three experiments, with the lines that it would have printed. Tier 1.

CPython had it from 2.7 and 3.2 to 3.11 (Tools/ccbench, by Antoine Pitrou), and
removed it in 2023 (cpython issue 101853). Its definitions are kept to the letter, the
two-second windows included, so that its figures can be set beside ours; what
`throughput`, `latency` and `bandwidth` do better is theirs.
"""

from collections.abc import Sequence

from concur.bench import estimates
from concur.gil.asking import ask
from concur.gil.points import FURTHER, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Ccbench

SECONDS, QUICK_SECONDS = 2.0, 0.3
MOST_THREADS = 4  # ccbench's own default
TASKS = ("Pi calculation (Python)", "regular expression (C)", "bz2 compression (C)")
PI = TASKS[0]
UNITS = {"throughput": "iterations/s", "latency": "ms", "bandwidth": "packets/s"}
OVERHEAD_S = {"throughput": 0.3, "latency": 1.6, "bandwidth": 1.6}  # starting, and the peer's pause
FIRST_INTERPRETER = "3.11"  # the last CPython that had it


def points(asked: Asked) -> list[Point]:
    """Each experiment with each of its tasks and 0 or 1 to 4 threads; first on the last CPython that had ccbench."""
    return [
        Point(
            interpreter=short,
            what=(experiment, task, threads),
            about_s=_seconds(asked) * (1.5 if experiment != "throughput" and threads else 1) + OVERHEAD_S[experiment],
            priority=USUAL if short == FIRST_INTERPRETER and threads <= 2 and _is_told(experiment, task) else FURTHER,
        )
        for short in asked.interpreters
        for experiment in UNITS
        for task in (TASKS if experiment != "bandwidth" else (PI,))
        for threads in range(1 if experiment == "throughput" else 0, MOST_THREADS + 1)
    ]


def _is_told(experiment: str, task: str) -> bool:
    return experiment == "throughput" or task == PI


def _seconds(asked: Asked) -> float:
    return QUICK_SECONDS if asked.quick else SECONDS


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """One figure, in a fresh process, placed by the scheduler as ccbench was."""
    experiment, task, threads = point.what
    options = {"experiment": experiment, "task": task, "threads": threads, "seconds": _seconds(asked)}
    takes_s = 4 * _seconds(asked) + OVERHEAD_S[str(experiment)]
    return ask(asked.interpreters[point.interpreter], "ccbench", options, takes_s=takes_s)


def rows(outcomes: Sequence[Outcome]) -> list[Ccbench]:
    """Medians over the rounds, each with its line; shares are of the first line of its experiment and task."""
    values = {(each.point.interpreter, *each.point.what): _median(each, "value") for each in outcomes if each.samples}
    return [_row(each, values) for each in outcomes]


def _median(outcome: Outcome, name: str) -> float:
    return estimates.estimate([sample[name] for sample in outcome.samples.values()]).median


def _task(outcome: Outcome) -> str:
    """What was in fact computed, if it was: without bz2 it is another."""
    return str(next((sample["task"] for sample in outcome.samples.values()), outcome.point.what[1]))


def _row(outcome: Outcome, values: dict[tuple[str | int | float, ...], float]) -> Ccbench:
    experiment, task, threads = map(str, outcome.point.what)
    row = Ccbench(
        interpreter=outcome.point.interpreter,
        experiment=experiment,
        task=_task(outcome),
        threads=int(threads),
        unit=UNITS[experiment],
        absent="" if outcome.samples else outcome.reason,
    )
    if outcome.samples:
        row.value = _median(outcome, "value")
        row.deviation = _median(outcome, "deviation") if experiment == "latency" else None
        first = values.get((row.interpreter, experiment, task, 1 if experiment == "throughput" else 0))
        row.line = line(row, first)
    return row


def line(row: Ccbench, first: float | None) -> str:
    """As ccbench printed it; first is the value of its experiment's first line, of which others are told as a share."""
    assert row.value is not None
    is_first = row.threads == (1 if row.experiment == "throughput" else 0)
    share = "" if first is None else f" ( {int(row.value / first * 100)} %)"
    if row.experiment == "throughput":
        return f"threads={row.threads}: {int(row.value)}{' iterations/s.' if is_first else share}"
    if row.experiment == "latency":
        return f"CPU threads={row.threads}: {int(row.value)} ms. (std dev: {int(row.deviation or 0)} ms.)"
    return f"CPU threads={row.threads}: {row.value:.1f}{' packets/s.' if is_first else share}"
