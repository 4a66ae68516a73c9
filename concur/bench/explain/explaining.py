"""Why each cell is as it is: the trial that looks, the costs of this machine, and the rules that name a cause. Tier 1.

The order of things for `concur bench --explain`; what is seen, what it costs and
what it means is said in `probing.py`, `costs.py`, `costmodel.py` and `causes.py`.
"""

from collections.abc import Mapping

from concur.bench.explain import causes, costmodel, costs
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.probe.probing import probe
from concur.bench.results import Cell, Run
from concur.bench.scenarios import Scenario
from concur.errors import LoadError, MachineError, TargetError


def look(cell: Cell, target: Target, scenario: Scenario, placement: Placement, plan: Plan) -> None:
    """Fill in the cell's probe, from an untimed trial. Where that fails, the cell keeps its figures and says so."""
    try:
        cell.probe = probe(target, scenario, placement, plan)
    except (TargetError, LoadError) as error:
        cell.explanation = f"not explained, as the trial that looks failed: {error}"


def conclude(run: Run, scenarios: Mapping[str, Scenario], placement: Placement) -> None:
    """Predictions and explanations of all cells, once their rounds and probes are done. Takes seconds, for the costs.

    scenarios by name; placement is where the costs are measured. Where these
    cannot be had, there are no predictions, and the run's warnings say so.
    """
    probed = [cell for cell in run.cells if cell.probe]
    try:
        _predict(run, probed, scenarios, placement)
    except MachineError as error:
        run.warnings.append(str(error))
    for cell in probed:
        told = causes.explain(cell, scenarios[cell.scenario])
        cell.cause, cell.explanation = told.cause, told.sentence


def _predict(run: Run, probed: list[Cell], scenarios: Mapping[str, Scenario], placement: Placement) -> None:
    if not probed:
        return
    prices = costs.measure((scenarios[cell.scenario].payload_bytes for cell in probed), placement)
    for cell in probed:
        cell.predicted = costmodel.predict(cell, scenarios[cell.scenario], prices)
    run.cost_model = costmodel.fit(probed, prices)
