"""The commands that measure what a figure wants, each run once, as somebody would type it."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from concur.errors import ConcurError
from concur.slides import evidence
from concur.slides.figures import Figure


def measure(figures: Sequence[Figure], results: Path, said: Callable[[str], object]) -> None:
    """Measure them; a command that fails is said, and the others go on."""
    for lab in dict.fromkeys(figure.lab for figure in figures if figure.of == "lab"):
        said(f"measuring: the evidence of lab {lab}")
        try:
            evidence.measure(lab, results)
        except ConcurError as error:
            said(f"concur: {error}")
    for command in dict.fromkeys(figure.command for figure in figures if figure.of != "lab"):
        said(f"measuring: {command}")
        if status := subprocess.run(words(command), stdout=subprocess.DEVNULL, check=False).returncode:
            said(f"concur: `{command}` ended with status {status}")


def words(command: str) -> list[str]:
    """`concur bench …`, run by this Python."""
    return [sys.executable, "-m", "concur.cli", *shlex.split(command)[1:]]
