"""What becomes of a cell's probe, of the costs, and of whatever cannot be had."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from concur.bench.explain import causes, costmodel, costs, explaining
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.results import Cell, CostModel, Prediction, Probe, Run
from concur.bench.scenarios import scenario
from concur.errors import MachineError, TargetError
from concur.interpreters.describe import Interpreter

PLACED = Placement(name="free", target=None, engine=None, allotted=1)
TARGET = Target(kind="model", name="threads", interpreter=Interpreter(short="x", executable="", implementation="C"))
FOUND = Probe(verified=1, window_ns=1, rate_per_s=1.0)
SCENARIOS = {name: scenario(name) for name in ("small", "large")}


def cell(scenario: str = "small", probe: Probe | None = None, explanation: str = "") -> Cell:
    return Cell(
        model="threads", topology="1", interpreter="x", scenario=scenario, label="threads", probe=probe,
        explanation=explanation,
    )  # fmt: skip


def run_of(*cells: Cell) -> Run:
    return Run(concur="", id="", started_at="", command=[], plan={}, machine={}, cells=list(cells))


def look(made: Cell) -> None:
    explaining.look(made, TARGET, SCENARIOS["small"], PLACED, Plan(targets=[TARGET], scenarios=[]))


@pytest.fixture
def modelled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Costs and predictions that say what they were asked; the payloads that were priced."""
    priced: list[Any] = []
    predicted = Prediction(total_ns=1.0, parts_ns={})

    def measure(sizes: Iterable[int], _: Placement) -> dict[str, float]:
        priced.extend(sizes)
        return {"trap": 1.0}

    monkeypatch.setattr(costs, "measure", measure)
    monkeypatch.setattr(costmodel, "predict", lambda *_: predicted)
    monkeypatch.setattr(costmodel, "fit", lambda cells, prices: CostModel(costs_ns=prices, cells=len(cells)))
    monkeypatch.setattr(causes, "explain", lambda made, one: SimpleNamespace(cause="gil", sentence=one.name))
    return priced


def test_a_look_is_kept(monkeypatch):
    monkeypatch.setattr(explaining, "probe", lambda *_: FOUND)
    made = cell()
    look(made)
    assert made.probe is FOUND


def test_a_target_that_fails_when_looked_at_keeps_its_figures_and_says_so(monkeypatch):
    def fail(*_: object) -> Probe:
        raise TargetError("threads died", why="killed")

    monkeypatch.setattr(explaining, "probe", fail)
    made = cell()
    look(made)
    assert made.probe is None
    assert made.explanation == "not explained, as the trial that looks failed: threads died: killed"


def test_each_probed_cell_gets_its_prediction_and_its_cause(modelled):
    probed, other, failed = cell(probe=FOUND), cell("large", FOUND), cell(explanation="not explained, as …")
    run = run_of(probed, other, failed)
    explaining.conclude(run, SCENARIOS, PLACED)
    assert modelled == [1024, 102400]
    assert (probed.cause, probed.explanation, other.explanation) == ("gil", "small", "large")
    assert probed.predicted
    assert run.cost_model == CostModel(costs_ns={"trap": 1.0}, cells=2)
    assert (failed.predicted, failed.explanation) == (None, "not explained, as …")


def test_without_a_compiler_there_are_causes_but_no_predictions(modelled, monkeypatch):
    def refuse(*_: object) -> dict[str, float]:
        raise MachineError("the costs cannot be measured", why="no compiler")

    monkeypatch.setattr(costs, "measure", refuse)
    run = run_of(cell(probe=FOUND))
    explaining.conclude(run, SCENARIOS, PLACED)
    assert run.cells[0].cause == "gil"
    assert run.cost_model is None
    assert run.warnings == ["the costs cannot be measured: no compiler"]


def test_where_nothing_was_looked_at_nothing_is_priced(modelled):
    run = run_of(cell())
    explaining.conclude(run, SCENARIOS, PLACED)
    assert modelled == []
    assert run.cost_model is None
