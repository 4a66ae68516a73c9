"""A run of `concur bench --memory`: rounds over all targets in shuffled order, saved after each trial. Tier 1.

`trial.py` measures, `slopes.py` and `claim.py` judge, whoever calls shows.
"""

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import concur
from concur.bench import machine
from concur.bench.memory import claim, slopes
from concur.bench.memory.levels import Room, choose, descriptors
from concur.bench.memory.plan import MemoryPlan
from concur.bench.memory.records import Memory, MemoryRow
from concur.bench.memory.trial import run_trial
from concur.bench.placement import Placement, place
from concur.bench.plan import Target
from concur.bench.results import Cell, Run
from concur.bench.runner import Progress, Show
from concur.bench.saving import RESULTS, ResultsFile

SCENARIO = "memory"  # what a line of progress calls it


class Runner:
    """Carries a plan out. `run` is whole from the start: after an interruption it holds what was measured."""

    def __init__(self, plan: MemoryPlan, command: list[str], show: Show, results: Path = RESULTS) -> None:
        self.plan, self._show = plan, show
        now = datetime.now(UTC)
        self.memory = Memory(levels=list(plan.levels), payload_bytes=plan.payload_bytes, rounds=plan.rounds)
        self.run = Run(
            concur=concur.__version__,
            id=f"memory-{now:%Y%m%d-%H%M%S}-{os.getpid()}",
            started_at=now.isoformat(timespec="seconds"),
            command=command,
            plan=msgspec.to_builtins(plan),
            machine=machine.describe(),
            memory=self.memory,
        )
        self.file = ResultsFile(results, self.run.id, self.run)
        self._began_ns = time.monotonic_ns()
        self._done = self._trials = 0
        self._random = random.Random(plan.seed)

    def prepare(self) -> None:
        """Make the results folder. Raises MachineError before anything is measured that could not be kept."""
        self.file.begin()

    def carry_out(self) -> None:
        """All rounds. The results stand in `run`, whatever ends this."""
        try:
            with descriptors(self.plan.levels[-1]) as room:
                self._rounds(room)
            self.run.complete = True
        finally:
            self.memory.claims = claim.judge(self.memory.rows)
            self.run.took_ns = time.monotonic_ns() - self._began_ns
            self.file.save()

    def _rounds(self, room: Room) -> None:
        going = []
        for target in self.plan.targets:
            chosen = choose(target, self.plan.levels, room)
            row = _row(target, target.absent or chosen.reason)
            self.memory.rows.append(row)
            if chosen.levels and not target.absent:
                row.verdict = "failed"  # until it was measured
                going.append((target, row, chosen.levels, place("pinned", needs_target=target.copies)))
        self._trials = len(going) * self.plan.rounds
        for number in range(1, self.plan.rounds + 1):
            self._random.shuffle(going)
            for target, row, levels, placement in going:
                if not (row.verdict == "absent" and row.trials):  # its GIL came back, as it would again
                    self._trial(target, row, levels, placement, number)
                self._done += 1

    def _trial(
        self, target: Target, row: MemoryRow, levels: tuple[int, ...], placement: Placement, number: int
    ) -> None:
        def tell(stage: str) -> None:
            self._show(self._progress(row, number, stage))

        row.trials.append(run_trial(target, levels, placement, self.plan, number, tell))
        slopes.summarise(row)
        self.run.took_ns = time.monotonic_ns() - self._began_ns
        self.file.save()

    def _progress(self, row: MemoryRow, number: int, stage: str) -> Progress:
        spent_s = (time.monotonic_ns() - self._began_ns) / 1e9
        eta_s = spent_s / self._done * (self._trials - self._done) if self._done else None
        cell = Cell(
            model=row.model, topology=row.topology, interpreter=row.interpreter, scenario=SCENARIO, label=row.label
        )
        return Progress(done=self._done, trials=self._trials, cell=cell, round=number, stage=stage, eta_s=eta_s)


def _row(target: Target, reason: str) -> MemoryRow:
    return MemoryRow(
        model=target.name,
        topology=target.topology,
        interpreter="" if target.kind == "command" else target.interpreter.short,
        label=target.label,
        env=target.env,
        reason=reason,
    )
