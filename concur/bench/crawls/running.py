"""A run of crawls: every scenario in turn, rounds of it in shuffled order, saved after each trial. Tier 1.

It decides the order and keeps what was measured; `trial.py` measures, `verdicts.py` judges, whoever calls shows.
"""

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import concur
from concur.bench import machine
from concur.bench.crawls import comparing, verdicts
from concur.bench.crawls.plan import CEILING_S, Plan
from concur.bench.crawls.results import Ceiling, Cell, Run, Trial
from concur.bench.crawls.scenarios import Scenario, fewer, why_not
from concur.bench.crawls.trial import run_trial
from concur.bench.placement import Placement, place
from concur.bench.plan import Target
from concur.bench.saving import RESULTS, ResultsFile
from concur.web import ceiling


class Progress(msgspec.Struct, kw_only=True):
    """Where a run is, for whoever shows it. eta_s is None until the first trial is over."""

    done: int
    trials: int
    cell: Cell
    round: int
    stage: str
    eta_s: float | None


Show = Callable[[Progress], None]


class Runner:
    """Carries a plan out. `run` is whole from the start: after an interruption it holds what was measured."""

    def __init__(self, plan: Plan, command: list[str], show: Show, results: Path = RESULTS) -> None:
        self.plan, self._show = plan, show
        now = datetime.now(UTC)
        self.run = Run(
            concur=concur.__version__,
            id=f"crawl-{now:%Y%m%d-%H%M%S}-{os.getpid()}",
            started_at=now.isoformat(timespec="seconds"),
            command=command,
            plan=msgspec.to_builtins(plan),
            machine=machine.describe(),
            parser=plan.parser,
            warnings=[
                *plan.notes,
                *machine.warnings_before_start(max((one.in_flight for one in plan.scenarios), default=0)),
            ],
        )
        self.file = ResultsFile(results, self.run.id, self.run)
        self._began_ns = time.monotonic_ns()
        self._done, self._of = 0, plan.trials
        self._random = random.Random(plan.seed)

    def prepare(self) -> None:
        """Make the results folder. Raises MachineError before anything is measured that could not be kept."""
        self.file.begin()

    def carry_out(self) -> None:
        """The web's ceilings, then all scenarios. The results stand in `run`, whatever ends this."""
        before = machine.cpu_times()
        try:
            if self.plan.present:
                self.run.ceilings = [measure_ceiling(one, self.plan.seed) for one in self.plan.shapes.values()]
            for scenario in self.plan.scenarios:
                self._scenario(scenario)
            self.run.complete = True
        finally:
            self.run.took_ns = time.monotonic_ns() - self._began_ns
            self.run.machine["stolen_share"] = machine.stolen(before, machine.cpu_times())
            variants = {one.name for one in self.plan.scenarios if one.variant_of}
            alike = [cell for cell in self.run.cells if cell.scenario not in variants]
            self.run.comparisons = comparing.compare(alike, self.plan.reference)
            self.file.save()

    def _scenario(self, scenario: Scenario) -> None:
        """Rounds of one scenario: in each, every cell once, in an order of its own."""
        placement = self._place(scenario)
        entries = [(target, fewer(target.name, scenario)) for target in self.plan.targets]
        cells = [(target, one, self._cell(target, scenario, one, placement)) for target, one in entries]
        self.run.cells += [cell for *_, cell in cells]
        present = [entry for entry in cells if not entry[2].reason]
        for number in range(1, self.plan.rounds + 1):
            self._random.shuffle(present)
            for target, one, cell in present:
                self._one(target, one, cell, placement, number)

    def _one(self, target: Target, scenario: Scenario, cell: Cell, placement: Placement, number: int) -> None:
        """A trial; none of a cell whose GIL came back before, as it would again."""
        if cell.verdict != "absent" or not cell.trials:

            def tell(stage: str) -> None:
                self._show(self._progress(cell, number, stage))

            self._keep(cell, run_trial(target, scenario, placement, self.plan, number, tell))
        self._done += 1

    def _keep(self, cell: Cell, trial: Trial) -> None:
        cell.trials.append(trial)
        verdicts.summarise(cell)
        self.run.took_ns = time.monotonic_ns() - self._began_ns
        self.file.save()

    def _place(self, scenario: Scenario) -> Placement:
        placement = place(scenario.placement)
        said = f"{scenario.variant_of or scenario.name}: {placement.reason}"
        if placement.reason and said not in self.run.warnings:
            self.run.warnings.append(said)
        return placement

    def _cell(self, target: Target, scenario: Scenario, carried: Scenario, placement: Placement) -> Cell:
        return Cell(
            model=target.name,
            interpreter=target.interpreter.short,
            scenario=scenario.name,
            label=target.label,
            in_flight=carried.in_flight,
            pages=carried.pages,
            is_fewer=carried.in_flight < scenario.in_flight,
            placement=placement.name,
            reason=target.absent or why_not(target.name, scenario),
            ideal_per_s=carried.ideal_per_s(self.plan.seed),
        )

    def _progress(self, cell: Cell, number: int, stage: str) -> Progress:
        spent_s = (time.monotonic_ns() - self._began_ns) / 1e9
        eta_s = spent_s / self._done * (self._of - self._done) if self._done else None
        return Progress(done=self._done, trials=self._of, cell=cell, round=number, stage=stage, eta_s=eta_s)


def measure_ceiling(scenario: Scenario, seed: int) -> Ceiling:
    """What the web of a scenario can serve here, without its latency and faults. Raises MachineError, TargetError."""
    found = ceiling.measure(scenario.web(seed), window_s=CEILING_S)
    return Ceiling(
        links=scenario.links,
        page_bytes=scenario.page_bytes,
        pages_per_s=found.pages_per_s,
        server_busy=found.server_busy,
        client_busy=found.client_busy,
    )
