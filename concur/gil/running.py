"""The experiments of a run, one after the other within a budget of time; each in rounds, saved as it goes. Tier 1.

What must not live here: how anything is measured, which is each experiment's, and what it means.
"""

import importlib
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import cast

import msgspec

import concur
from concur.bench import machine
from concur.bench.saving import RESULTS, ResultsFile
from concur.errors import ConcurError
from concur.gil import asking, switching
from concur.gil.budget import Choice, Wave, choose
from concur.gil.points import FURTHER, Asked, Experiment, Outcome, Point
from concur.gil.results import EXPERIMENTS, Report, Subject
from concur.interpreters.describe import Interpreter

SAVE_S = 10.0  # between two savings, at most
MOST_FAILURES = 2  # of a point: it would fail again


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run is: points measured, of how many of this wave in all rounds, and what comes next."""

    done: int
    of: int
    experiment: str
    round: int
    point: Point
    left_s: float  # until the budget ends


Show = Callable[[Progress], None]


class Runner:
    """Carries experiments out. `report` is whole from the start: after an interruption it holds what was measured."""

    def __init__(
        self,
        asked: Asked,
        names: Sequence[str],
        command: list[str],
        *,
        budget_s: float,
        rounds: int,
        show: Show,
        results: Path = RESULTS,
    ) -> None:
        now = datetime.now(UTC)
        self.asked, self._rounds, self._show = asked, rounds, show
        self._experiments = {name: experiment(name) for name in EXPERIMENTS if name in names}
        self.outcomes = {
            name: {
                point: Outcome(point=point, reason=point.absent) for point in ranked(each.points(asked), asked, name)
            }
            for name, each in self._experiments.items()
        }
        self.report = Report(
            concur=concur.__version__,
            id=f"gil-{now:%Y%m%d-%H%M%S}-{os.getpid()}",
            started_at=now.isoformat(timespec="seconds"),
            command=command,
            machine=machine.describe(),
            seed=asked.seed,
            budget_s=budget_s,
            models=list(asked.models),
        )
        self.file = ResultsFile(results, self.report.id, self.report)
        self._began_s = self._saved_s = time.monotonic()
        self._said_s = self._took_s = 0.0  # what points were said to take, and took
        self._failures: Counter[Choice] = Counter()
        self._gone: set[str] = set()
        self._random = random.Random(asked.seed)

    def prepare(self) -> None:
        """Make the results folder, ask interpreters what they are. Raises MachineError where nothing can be kept."""
        self.file.begin()
        if self.asked.cpus == 1:
            self.note("there is one CPU: nothing can run in parallel here, and figures are of threads that take turns")
        described = map(self._describe, self.asked.interpreters.values())  # one by one: what they heed is timed
        self.report.subjects += [subject for subject in described if subject]

    def _describe(self, interpreter: Interpreter) -> Subject | None:
        try:
            observed = asking.ask(interpreter, "observe", {}, takes_s=0)["observed"]
            heeds = switching.heeds(interpreter)
        except ConcurError as error:
            self._failed_there(interpreter.short, error)
            return None
        if heeds.startswith("ignored"):
            self.note(f"{interpreter.short} does not heed the switch interval, {heeds.partition(': ')[2]}")
        elif heeds.startswith(switching.IN_PROPORTION):
            what = heeds.partition(": ")[2]
            self.note(f"{interpreter.short} takes the switch interval for a count of bytecodes: {what}")
        names = set(Subject.__struct_fields__) - {"short", "switch_interval"}
        known = {name: value for name, value in observed.items() if name in names}
        return Subject(short=interpreter.short, switch_interval=heeds.partition(":")[0], **known)

    def first_wave(self) -> Wave:
        """What would be measured first, as far as the points' own guesses go."""
        return self._wave()

    def carry_out(self) -> None:
        """Wave after wave, as long as something fits. The results stand in `report`, whatever ends this."""
        try:
            while (wave := self._wave()).choices:
                self._carry(wave)
            self.report.complete = True
        finally:
            self.report.took_ns = int((time.monotonic() - self._began_s) * 1e9)
            self.report.left_out = self._left_out()
            self._conclude(self._experiments)
            self._save()

    def _wave(self) -> Wave:
        waiting = {
            name: [point for point, each in outcomes.items() if self._is_open(each)]
            for name, outcomes in self.outcomes.items()
        }
        pace = max(1.0, self._took_s / self._said_s) if self._said_s else 1.0
        return choose(waiting, self._left_s(), self._rounds, pace)

    def _is_open(self, outcome: Outcome) -> bool:
        return not outcome.samples and not outcome.reason and outcome.point.interpreter not in self._gone

    def _left_s(self) -> float:
        return self.report.budget_s - (time.monotonic() - self._began_s)

    def _carry(self, wave: Wave) -> None:
        """Experiments follow one another; each has its rounds, in which each interpreter has its points together."""
        done = 0
        for name, several in groupby(sorted(wave.choices, key=_place), key=lambda choice: choice.experiment):
            choices = list(several)
            self.report.rounds[name] = max(self.report.rounds.get(name, 0), wave.rounds)
            for number in range(1, wave.rounds + 1):
                for choice in self._shuffled(choices):
                    self._show(
                        Progress(
                            done=done,
                            of=len(wave.choices) * wave.rounds,
                            experiment=name,
                            round=number,
                            point=choice.point,
                            left_s=self._left_s(),
                        )
                    )
                    self._measure(choice, number)
                    done += 1
            self._conclude([name])
            self._save()

    def _shuffled(self, choices: list[Choice]) -> list[Choice]:
        """Interpreters in an order of this round's own, each with its points: what is compared is not far apart."""
        order = {name: self._random.random() for name in sorted(self.asked.interpreters)}
        return sorted(choices, key=lambda choice: (order[choice.point.interpreter], self._random.random()))

    def _measure(self, choice: Choice, number: int) -> None:
        name, point = choice
        outcome = self.outcomes[name][point]
        if point.interpreter in self._gone or self._failures[choice] >= MOST_FAILURES or point.about_s > self._left_s():
            return
        began_s = time.monotonic()
        try:
            sample = self._experiments[name].measure(point, self.asked, number)
        except ConcurError as error:
            self._failures[choice] += 1
            outcome.reason = str(error)
            self._failed_there(point.interpreter, error)
            return
        self._said_s += point.about_s
        self._took_s += time.monotonic() - began_s
        for note in sample.get("notes", []):
            self.note(note)
        outcome.samples[number] = sample
        if time.monotonic() - self._saved_s > SAVE_S:
            self._conclude([name])
            self._save()

    def _failed_there(self, short: str, error: ConcurError) -> None:
        """A failure; where its interpreter is no more, that is said once, and nothing further is tried on it."""
        if not os.access(self.asked.interpreters[short].python, os.X_OK):
            self._gone.add(short)
            self.note(f"{short} has vanished: {self.asked.interpreters[short].python} is not there any more")
        else:
            self.note(str(error))

    @property
    def has_failed(self) -> bool:
        """Whether something failed that was tried."""
        return bool(self._failures or self._gone)

    def note(self, line: str) -> None:
        """Keep one line of what could not be done, once."""
        if line not in self.report.notes:
            self.report.notes.append(line)

    def _left_out(self) -> list[str]:
        counts = {name: (sum(map(self._is_open, each.values())), len(each)) for name, each in self.outcomes.items()}
        return [f"{name}: {left:,} of {all_:,} points" for name, (left, all_) in counts.items() if left]

    def _conclude(self, names: Sequence[str] | dict[str, Experiment]) -> None:
        """The rows of what has been measured or is absent, points that nobody got to left out."""
        for name in names:
            told = [each for each in self.outcomes[name].values() if each.samples or each.reason]
            setattr(self.report, name, list(self._experiments[name].rows(told)))

    def _save(self) -> None:
        self._saved_s = time.monotonic()
        self.file.save()


def experiment(name: str) -> Experiment:
    """The module of that experiment."""
    return cast(Experiment, importlib.import_module(f"concur.gil.{name}"))


def ranked(points: Sequence[Point], asked: Asked, name: str) -> list[Point]:
    """The points, those of a JIT variant one rank lower where its plain twin is there: it has the same GIL.

    The tax is the one experiment that is about the JIT itself.
    """
    plain = {one.identity[:2] for one in asked.interpreters.values() if one.jit == "off"}
    twins = {short for short, one in asked.interpreters.items() if one.jit == "on" and one.identity[:2] in plain}
    if name == "tax":
        return list(points)
    return [
        msgspec.structs.replace(point, priority=min(point.priority + 1, FURTHER))
        if point.interpreter in twins
        else point
        for point in points
    ]


def _place(choice: Choice) -> int:
    return EXPERIMENTS.index(choice.experiment)
