"""How a command that measures ends: Ctrl-C keeps what there is, and the exit status says what became of it."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from concur.cli import console

if TYPE_CHECKING:
    from concur.bench.saving import ResultsFile

INTERRUPTED = 130  # exit status: 128 + SIGINT


def interrupts(measure: Callable[[], object]) -> bool:
    """Measure; whether Ctrl-C ended that: what was under way is lost, the rest kept. A second one ends all at once."""
    signal.signal(signal.SIGINT, _first_interrupt)
    try:
        measure()
    except KeyboardInterrupt:
        return True
    return False


def _first_interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _second_interrupt)
    raise KeyboardInterrupt


def _second_interrupt(_number: int, _frame: FrameType | None) -> None:
    from concur.bench.target import kill_all

    kill_all()
    os._exit(INTERRUPTED)


def status(file: "ResultsFile", *, was_interrupted: bool, has_failed: bool) -> int:
    """The exit status; where the results are, or why they are nowhere, is said."""
    said = console.messages()
    if file.error:
        said.print(f"concur: {file.error}. Make room, or export with --export-json.", style="red")
        return INTERRUPTED if was_interrupted else 2
    said.print(f"saved: {file.path}", style="dim")
    if was_interrupted:
        said.print("concur: interrupted; what was measured is above, and saved", style="yellow")
        return INTERRUPTED
    return int(has_failed)
