"""A process that burns CPU on command, and says what the kernel charged it."""

import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # on a shared machine a deadline judges the neighbours
settings.load_profile("unhurried")

PROGRAM = Path(__file__).parent / "fixtures" / "burner.py"


class Burner:
    """A running burner, and what it can be told."""

    def __init__(self, way: str) -> None:
        command = [sys.executable, str(PROGRAM), way]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    def ask(self, line: str) -> str:
        """Send a line; the line it answers with."""
        self.tell(line)
        return self.answer()

    def tell(self, line: str) -> None:
        """Send a line and do not wait."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """The next line it says."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def has_answered(self, within_s: float) -> bool:
        """Whether there is a line to read, or comes within that time."""
        assert self.process.stdout
        return bool(select.select([self.process.stdout], [], [], within_s)[0])

    def edge(self) -> dict[str, float]:
        """The kernel's account of it, by its own getrusage."""
        account: dict[str, float] = json.loads(self.ask("edge"))
        return account

    def end(self) -> None:
        """Close its input and reap it."""
        self.process.communicate()


@pytest.fixture
def start() -> Iterator[Callable[..., Burner]]:
    """Starts burners, and ends them after the test."""
    burners: list[Burner] = []

    def begin(way: str) -> Burner:
        burners.append(Burner(way))
        return burners[-1]

    yield begin
    for burner in burners:
        burner.end()
