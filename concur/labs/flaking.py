"""Whether checks say the same every time, whatever else the machine does: the flake gate. Tier 1.

Every file of a lab is checked again and again while as many processes as there are
cores compute; a verdict that changes is a flake. What must not live here: what a
verdict should be (`linting.py`).
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from concur.errors import MachineError
from concur.interpreters.describe import Interpreter
from concur.labs.checking import check
from concur.labs.lab import Lab

RUNS = 20
# Computes until its parent is another one: nothing is left busy, however this ends.
BURN = """
import os
parent = os.getppid()
while os.getppid() == parent:
    sum(range(100_000))
"""


class Steadiness(NamedTuple):
    """What one check said of one file: how often each verdict came, the most frequent first."""

    lab: str
    file: str
    check: str
    verdicts: dict[str, int]

    @property
    def is_steady(self) -> bool:
        """The same every time."""
        return len(self.verdicts) == 1


OnRun = Callable[[int], None]


def flake(
    lab: Lab,
    *,
    runs: int = RUNS,
    burners: int | None = None,
    interpreter: Interpreter | None = None,
    on_run: OnRun | None = None,
) -> list[Steadiness]:
    """All checks of start.py and solution.py, and each wrong answer's gate, so many times on a busy machine.

    burners is the number of processes that compute meanwhile, one a core by default. on_run hears of each run's number.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}
    with busy(_cores() if burners is None else burners):
        for number in range(1, runs + 1):
            for file, only in _files(lab):
                for result in check(lab, lab.folder / file, interpreter=interpreter, only=only):
                    counts.setdefault((file, result.id), Counter())[result.verdict] += 1
            if on_run:
                on_run(number)
    return [Steadiness(lab.name, file, name, dict(each.most_common())) for (file, name), each in counts.items()]


def _files(lab: Lab) -> Iterator[tuple[str, Sequence[str]]]:
    """Each file, and the checks to run on it; none means all."""
    yield "start.py", ()
    yield "solution.py", ()
    for wrong in lab.wrong:
        yield f"wrong/{wrong.file}", [wrong.fails]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def busy(count: int) -> Iterator[None]:
    """As many processes compute meanwhile, and have ended afterwards. Raises MachineError where there are no more."""
    with ExitStack() as stack:
        for _ in range(count):
            try:
                burner = subprocess.Popen([sys.executable, "-I", "-S", "-c", BURN], stdin=subprocess.DEVNULL)
            except OSError as error:
                raise MachineError(
                    "the machine cannot be kept busy", why=error.strerror or str(error), do="Ask for fewer processes."
                ) from None
            stack.callback(burner.wait)
            stack.callback(burner.kill)
        yield
