"""Whether checks say the same every time, whatever else the machine does: the flake gate. Tier 1.

A lab is linted again and again while as many processes as there are cores
compute; a verdict that changes is a flake. What must not live here: what a
verdict should be (`linting.py`).
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from concur.errors import MachineError
from concur.labs.linting import Linted
from concur.labs.prose import Problem

# Computes until its parent is another one: nothing is left busy, however this ends.
BURN = """
import os
parent = os.getppid()
while os.getppid() == parent:
    sum(range(100_000))
"""


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


def with_flakes(first: Linted, later: Linted) -> Linted:
    """The later one, where a verdict that is another one than the first time is a problem of its own."""
    flakes = [
        Problem(f"{row.file} on {row.interpreter}", f"not the same each time: {before.verdicts}; then {row.verdicts}")
        for before, row in zip(first.rows, later.rows, strict=True)
        if before.verdicts != row.verdicts
    ]
    return later._replace(problems=[*later.problems, *flakes])
