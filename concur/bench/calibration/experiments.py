"""All experiments in turn, on the interpreter that measures; about four minutes on two cores."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from concur.bench.calibration import cpu, latency, surroundings
from concur.bench.calibration.rows import Row, again, not_tried
from concur.bench.plan import Target
from concur.errors import ConcurError, MachineError
from concur.interpreters.find import current

Tell = Callable[[str], None]


class Experiment(NamedTuple):
    """What it does, and how often at most: where others on the machine can only add to what was put in, again."""

    carry_out: Callable[[Target, Path, Tell], list[Row]]
    attempts: int = 1


EXPERIMENTS = {
    "CPU, counters": Experiment(cpu.counters),
    "CPU, verdicts": Experiment(cpu.verdicts),
    "delay": Experiment(latency.delay, attempts=3),
    "loss": Experiment(latency.loss),
    "stall": Experiment(latency.stall, attempts=3),
    "GIL holds": Experiment(latency.gil_holds, attempts=3),
    "slow client": Experiment(surroundings.slow_client, attempts=3),
    "busy neighbour": Experiment(surroundings.on_its_cpu, attempts=3),
    "busy machine": Experiment(surroundings.before_a_run),
}


def calibrate(tell: Tell, experiments: Mapping[str, Experiment] = EXPERIMENTS) -> list[Row]:
    """Carry them out one after the other; tell is called with which one it is, and how far."""
    target = Target(kind="model", name=cpu.MODEL, interpreter=current())
    rows: list[Row] = []
    for name, experiment in experiments.items():
        rows += _tried(name, experiment, target, tell)
    return rows


def _tried(name: str, experiment: Experiment, target: Target, tell: Tell) -> list[Row]:
    """Its rows. What the machine does not allow is not tried; what fails otherwise is not recovered."""
    try:
        return _repeated(name, experiment, target, tell)
    except MachineError as error:
        return [not_tried(name, "", str(error))]
    except ConcurError as error:
        return [Row(injected=name, by="", expected="", seen=str(error), recovered=False)]


def _repeated(name: str, experiment: Experiment, target: Target, tell: Tell) -> list[Row]:
    """Each row as it was seen first to be right, or last; those of a failed attempt are shown beside."""
    rows: list[Row] = []
    for number in range(1, experiment.attempts + 1):
        with tempfile.TemporaryDirectory(prefix="concur-") as folder:
            found = experiment.carry_out(target, Path(folder), _telling(tell, name, number))
        rows = [again(*pair) for pair in zip(rows, found, strict=True)] if rows else found
        if all(row.recovered is not False for row in rows):
            break
    return rows


def _telling(tell: Tell, name: str, attempt: int) -> Tell:
    where = f"{name}, attempt {attempt}" if attempt > 1 else name
    return lambda how: tell(f"{where}: {how}")
