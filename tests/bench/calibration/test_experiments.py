from pathlib import Path

import pytest

from concur.bench.calibration.experiments import EXPERIMENTS, Experiment, calibrate
from concur.bench.calibration.rows import Row, of_value
from concur.bench.plan import Target
from concur.errors import MachineError, TargetError


class Seeing:
    """An experiment that sees these values, one in each attempt."""

    def __init__(self, *values: float) -> None:
        self.values, self.made = values, 0

    def __call__(self, target: Target, folder: Path, tell: object) -> list[Row]:
        self.made += 1
        assert folder.is_dir()
        return [of_value("stall", "p99", 100.0, self.values[self.made - 1], within=0.05)]


def carry_out(experiment: Experiment) -> list[Row]:
    return calibrate(lambda text: None, {"one": experiment})


def test_what_is_recovered_is_not_tried_again() -> None:
    seeing = Seeing(100.0, 1.0)
    assert [row.recovered for row in carry_out(Experiment(seeing, attempts=3))] == [True]
    assert seeing.made == 1


def test_what_others_may_have_spoilt_is_tried_again_and_all_is_shown() -> None:
    (row,) = carry_out(Experiment(Seeing(150.0, 101.0, 1.0), attempts=3))
    assert row.recovered is True
    assert row.seen == "150, then 101"


def test_attempts_end() -> None:
    (row,) = carry_out(Experiment(Seeing(150.0, 160.0), attempts=2))
    assert row.recovered is False


def test_ratios_and_verdicts_have_one_attempt() -> None:
    once = {name for name, experiment in EXPERIMENTS.items() if experiment.attempts == 1}
    assert once >= {"CPU, counters", "CPU, verdicts", "loss"}


@pytest.mark.parametrize(("error", "recovered"), [(MachineError("no compiler"), None), (TargetError("it died"), False)])
def test_an_error_is_a_row_and_the_others_go_on(error: Exception, recovered: bool | None) -> None:
    def failing(target: Target, folder: Path, tell: object) -> list[Row]:
        raise error

    rows = calibrate(lambda text: None, {"bad": Experiment(failing), "good": Experiment(Seeing(100.0))})
    assert [row.recovered for row in rows] == [recovered, True]
    assert str(error) in rows[0].seen


def test_it_is_told_which_one_is_under_way() -> None:
    said: list[str] = []

    def telling(target: Target, folder: Path, tell: object) -> list[Row]:
        assert callable(tell)
        tell("1 of 2")
        return []

    calibrate(said.append, {"one": Experiment(telling)})
    assert said == ["one: 1 of 2"]
