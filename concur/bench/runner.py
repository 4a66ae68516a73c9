"""A run: every scenario in turn, rounds of it in shuffled order, saved after each trial. Tier 1.

The heart of the harness. It decides the order and keeps what was measured;
`trial.py` measures, `verdicts.py` judges, whoever calls shows.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import concur
from concur import catalog
from concur.bench import comparing, machine, rounds, verdicts
from concur.bench.placement import Placement, place
from concur.bench.plan import Plan, Target, is_meant
from concur.bench.results import Cell, Run, Trial
from concur.bench.saving import RESULTS, ResultsFile
from concur.bench.scaling import concluding, ladder
from concur.bench.scenarios import COMMON_RATE_PER_S, Scenario
from concur.bench.trial import fewer_connections, new_trial, run_trial
from concur.bench.turns import Player, take_turns, why_not
from concur.errors import LoadError, MachineError


class Progress(msgspec.Struct, kw_only=True):
    """Where a run is, for whoever shows it. eta_s is None until the first trial is over.

    trials may change from one to the next, where the number of rounds is open.
    """

    done: int
    trials: int
    cell: Cell
    round: int
    stage: str
    eta_s: float | None
    trial: Trial | None = None  # the one under way, as far as it has come


Show = Callable[[Progress], None]
AGAIN = 2  # how often a trial is repeated whose engine others held up


class Runner:
    """Carries a plan out. `run` is whole from the start: after an interruption it holds what was measured."""

    def __init__(self, plan: Plan, command: list[str], show: Show, results: Path = RESULTS) -> None:
        self.plan, self._show = plan, show
        now = datetime.now(UTC)
        self.run = Run(
            concur=concur.__version__,
            id=f"{now:%Y%m%d-%H%M%S}-{os.getpid()}",
            started_at=now.isoformat(timespec="seconds"),
            command=command,
            plan=msgspec.to_builtins(plan),
            machine=machine.describe(),
            warnings=machine.warnings_before_start(_most_connections(plan)),
        )
        self.file = ResultsFile(results, self.run.id, self.run)
        self._began_ns = time.monotonic_ns()
        self._done = 0
        self._further: dict[str, int] = {}  # trials beyond the plan's, by scenario: made, or expected
        self._carried: dict[str, Scenario] = {}
        self._random = random.Random(plan.seed)

    def prepare(self) -> None:
        """Make the results folder. Raises MachineError before anything is measured that could not be kept."""
        self.file.begin()

    def carry_out(self) -> None:
        """All scenarios. The results stand in `run`, whatever ends this."""
        before = machine.cpu_times()
        try:
            for scenario in self.plan.scenarios:
                self._scenario(self._with_rate(scenario))
            self._conclude()
            self.run.complete = True
        finally:
            self.run.took_ns = time.monotonic_ns() - self._began_ns
            self.run.machine["stolen_share"] = machine.stolen(before, machine.cpu_times())
            self.run.noise = comparing.noise_floors(self.run.cells, self.run.twins)
            self.run.comparisons = comparing.compare(self.run.cells, self.plan.reference, self.run.noise)
            self.run.scaling = concluding.scaling(self.run, self.plan.keep)
            self.file.save()

    def _conclude(self) -> None:
        if self.plan.explain:
            from concur.bench.explain import explaining

            explaining.conclude(self.run, self._carried, place("pinned"))
        if self.run.steps:
            self._teach()

    def _teach(self) -> None:
        """What an open loop sees and a closed one does not; a run without it is whole."""
        from concur.bench.scaling import lesson

        try:
            self.run.two_loops = lesson.two_loops(self.plan.engine)
        except (LoadError, MachineError) as error:
            self.run.warnings.append(f"the two loops were not shown: {error}")

    def _scenario(self, scenario: Scenario) -> None:
        """Rounds of one scenario: in each, every cell once, in an order of its own; then what explains them."""
        self._carried[scenario.name] = scenario
        placements = {copies: self._place(scenario, copies) for copies in {each.copies for each in self.plan.targets}}
        cells = [(each, self._cell(each, scenario, placements[each.copies])) for each in self.plan.targets]
        if scenario.is_step:
            cells = [(target, cell) for target, cell in cells if not cell.reason and cell.offered_per_s]
        (self.run.steps if scenario.is_step else self.run.cells).extend(cell for _, cell in cells)
        present = [(target, cell) for target, cell in cells if not cell.reason]
        looked_at = present if self.plan.explain and not scenario.is_step else []
        twins = [] if scenario.is_step else self._twins(present, scenario, placements)
        entries = [*present, *twins]
        timed, looks = self.plan.trials_of(scenario)
        self._done += timed - len(entries) * self.plan.rounds
        self._done += looks - len(looked_at)
        for number in self._rounds(scenario, [cell for _, cell in present], len(entries)):
            self._random.shuffle(entries)
            self._round(entries, scenario, placements, number)
        for target, cell in looked_at:
            self._look(target, cell, scenario, placements[target.copies])

    def _twins(
        self, present: list[tuple[Target, Cell]], scenario: Scenario, placements: dict[int, Placement]
    ) -> list[tuple[Target, Cell]]:
        """A/A: the reference once more, else the first; none where nothing is compared."""
        if not self.plan.has_twin or len(present) < 2:
            return []
        named = [
            each for each, cell in present if is_meant(self.plan.reference, cell.label, cell.model, cell.interpreter)
        ]
        target = named[0] if named else present[0][0]
        twin = self._cell(target, scenario, placements[target.copies])
        self.run.twins.append(twin)
        return [(target, twin)]

    def _rounds(self, scenario: Scenario, cells: list[Cell], trials: int) -> Iterator[int]:
        """Numbers of rounds from 1, as long as another one is to be made. trials: how many a round has."""
        began_ns, budget_s = time.monotonic_ns(), self._budget_s(scenario)
        number = 0
        while cells:
            number += 1
            yield number
            if number < self.plan.rounds:
                continue
            if not self.plan.goes_on:
                return
            found = rounds.intervals(cells, self.plan.reference)
            mean_s = (time.monotonic_ns() - began_ns) / 1e9 / number
            ending = rounds.ending(self.plan, scenario.name, number, found, (number + 1) * mean_s, budget_s)
            most = number if ending else rounds.expected(self.plan, number, found, mean_s, budget_s)
            self._further[scenario.name] = (most - self.plan.rounds) * trials
            if ending:
                self.run.endings.append(ending)
                return

    def _budget_s(self, scenario: Scenario) -> float | None:
        """What this scenario may take of the time that is left: an equal share with those that come after it.

        A probe of each cell, which takes about as long as a round, is counted as one.
        """
        if self.plan.budget_s is None:
            return None
        left_s = self.plan.budget_s - (time.monotonic_ns() - self._began_ns) / 1e9
        share_s = max(0.0, left_s) / (len(self.plan.scenarios) - len(self._carried) + 1)
        of_probes_s = self.plan.about_s() / self.plan.trials * len(self.plan.present) if self.plan.explain else 0.0
        return share_s - of_probes_s

    def _look(self, target: Target, cell: Cell, scenario: Scenario, placement: Placement) -> None:
        from concur.bench.explain import explaining

        self._show(self._progress(cell, len(cell.trials), "probe"))
        if verdicts.measured(cell):
            explaining.look(cell, target, scenario, placement, self.plan)
        self._done += 1
        self.file.save()

    def _place(self, scenario: Scenario, copies: int) -> Placement:
        """Where targets of so many copies run: each copy needs a CPU, or the run says what they share."""
        placement = place(scenario.placement, needs_target=copies)
        name = scenario.variant_of or scenario.name
        of_whom = f"{name}, {copies} workers" if copies > 1 else name
        said = f"{of_whom}: {placement.reason}"
        if placement.reason and said not in self.run.warnings:
            self.run.warnings.append(said)
        return placement

    def _round(
        self, entries: list[tuple[Target, Cell]], scenario: Scenario, placements: dict[int, Placement], number: int
    ) -> None:
        """A trial of each cell, one after the other or in turns; none of one whose GIL came back, as it would again."""
        going = [(target, cell) for target, cell in entries if not (cell.verdict == "absent" and cell.trials)]
        self._done += len(entries) - len(going)
        if self._takes_turns(scenario, len(going)):
            players = [Player(each, placements[each.copies], self._teller(cell, number)) for each, cell in going]
            for (_, cell), trial in zip(going, take_turns(players, scenario, self.plan, number), strict=True):
                self._keep(cell, trial)
            return
        for target, cell in going:
            self._keep(cell, self._trial(target, cell, scenario, placements[target.copies], number))

    def _trial(self, target: Target, cell: Cell, scenario: Scenario, placement: Placement, number: int) -> Trial:
        """The first that was not held up, or the last of AGAIN more."""
        own = _at_own_rate(scenario, cell)
        for repeated in range(AGAIN + 1):
            trial = new_trial(number)
            trial = run_trial(target, own, placement, self.plan, number, self._teller(cell, number, trial), trial)
            trial.repeated = repeated
            if not verdicts.was_held_up(trial, placement):
                break
        return trial

    def _takes_turns(self, scenario: Scenario, targets: int) -> bool:
        if self.plan.turns == 1 or targets < 2:
            return False
        reason = why_not(self.plan, scenario, targets)
        said = f"{scenario.variant_of or scenario.name}: no turns are taken: {reason}"
        if reason and said not in self.run.warnings:
            self.run.warnings.append(said)
        return not reason

    def _teller(self, cell: Cell, number: int, trial: Trial | None = None) -> Callable[[str], None]:
        return lambda stage: self._show(self._progress(cell, number, stage, trial))

    def _keep(self, cell: Cell, trial: Trial) -> None:
        cell.trials.append(trial)
        verdicts.summarise(cell)
        self.run.measured_ns += trial.warmup_ns + (trial.load.window_ns if trial.load else 0)
        self.run.took_ns = time.monotonic_ns() - self._began_ns
        self._done += 1
        self.file.save()

    def _cell(self, target: Target, scenario: Scenario, placement: Placement) -> Cell:
        reason = target.absent or _why_not(target, scenario)
        return Cell(
            model=target.name,
            topology=target.topology,
            interpreter="" if target.kind == "command" else target.interpreter.short,
            scenario=scenario.name,
            label=target.label,
            env=target.env,
            placement=placement.name,
            connections=fewer_connections(target, scenario),
            offered_per_s=self._own_rate(target, scenario),
            reason=reason,
        )

    def _own_rate(self, target: Target, scenario: Scenario) -> float | None:
        """Of a rate sweep's step what this target is offered, by what its earlier steps found; None elsewhere."""
        if not scenario.is_step:
            return None
        closed = next((cell for cell in self.run.cells if _is_of(cell, target, scenario.after)), None)
        before = [
            cell
            for cell in self.run.steps
            if self._carried[cell.scenario].after == scenario.after and _is_of(cell, target, cell.scenario)
        ]
        return ladder.own_rate(scenario.share, closed, before)

    def _with_rate(self, scenario: Scenario) -> Scenario:
        """The scenario with its rate: given, or the common rate of what was measured before."""
        if not scenario.is_open or scenario.is_step or scenario.rate_per_s is not None:
            return scenario
        capacities = [
            cell.rate_per_s.median
            for cell in self.run.cells
            if cell.scenario == scenario.after and verdicts.bounds_the_common_rate(cell) and cell.rate_per_s
        ]
        rate = min([COMMON_RATE_PER_S, *(capacity / 2 for capacity in capacities)])
        self.run.plan["common_rate_per_s"] = rate
        return msgspec.structs.replace(scenario, rate_per_s=rate)

    def _progress(self, cell: Cell, number: int, stage: str, trial: Trial | None = None) -> Progress:
        trials = self.plan.trials + sum(self._further.values())
        spent_s = (time.monotonic_ns() - self._began_ns) / 1e9
        eta_s = spent_s / self._done * (trials - self._done) if self._done else None
        return Progress(done=self._done, trials=trials, cell=cell, round=number, stage=stage, eta_s=eta_s, trial=trial)


def _is_of(cell: Cell, target: Target, scenario: str) -> bool:
    """Whether it is that target's cell in that scenario."""
    interpreter = "" if target.kind == "command" else target.interpreter.short
    return (cell.label, cell.interpreter, cell.scenario) == (target.label, interpreter, scenario)


def _at_own_rate(scenario: Scenario, cell: Cell) -> Scenario:
    return msgspec.structs.replace(scenario, rate_per_s=cell.offered_per_s) if cell.offered_per_s else scenario


def _why_not(target: Target, scenario: Scenario) -> str:
    """Why that target cannot be had in that scenario; empty if it can, as far as is known."""
    if target.kind == "command":
        if scenario.beside or scenario.switch_interval_s:
            return "a command takes no work beside it, and no switch interval"
        return "a command knows no dose" if scenario.is_dosed else ""
    version = tuple(map(int, target.interpreter.version.split(".")[:2])) if target.interpreter.version else ()
    return catalog.not_offloaded(target.name, scenario.offload.partition(" ")[2], version) if scenario.offload else ""


def _most_connections(plan: Plan) -> int:
    return max((one.connections + one.idle + one.stuck_peers for one in plan.scenarios), default=0)
