"""`concur labs explore FILE`: any Python file's threads by all schedules, or by one.

    explore_file(path, threads="f,g", preemptions=2)           -> Exploration; `print` says what was found
    replay_file(path, "A load count, B end", threads="f,g")    -> Replay
    gates.lanes.draw(replay), .tell(replay), .draw_svg(replay) -> the lanes as text, as sentences, as SVG
    exploration.found[0] is a Replay too, of a simplest failure

The file is run anew for each schedule, with controlled locks and queues, and has

    threads = (f, g)      the functions to run as threads A and B; or they are named by `threads="f,g"`
    make()                optional: a fresh state, which is given to threads and verdict that take an argument
    verdict()             optional: what is wrong once all threads have ended, as text; or it asserts.
                          "", None and True mean right, False wrong. Without it, deadlocks and errors are found

What it prints is dropped, since it is run many times. It is run in this process: an
`if __name__ == "__main__":` is not.
"""

import builtins
import contextlib
import inspect
import io
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from concur.errors import UsageError, unknown
from concur.labs.gates.explorer import search
from concur.labs.gates.guide import Chosen, Where
from concur.labs.gates.operations import nested
from concur.labs.gates.outcome import Exploration, Replay
from concur.labs.gates.schedule import Written, parse
from concur.labs.gates.stage import MOST_STEPS, Stage

NAME = "explored"  # of the module that the file becomes
CONVENTION = "Name two functions: --threads f,g; or let the file say `threads = (f, g)`."


def explore_file(
    path: Path,
    *,
    threads: str = "",
    preemptions: int = 2,
    most_runs: int = 2000,
    where: Where = "operations",
) -> Exploration:
    """Run the file's threads by all schedules with at most so many preemptions, until something goes wrong."""
    with _staged(path, threads) as stage:
        found = search(stage, preemptions, most_runs, where, 1, MOST_STEPS)
        for place, one in enumerate(found.deadlocks):  # once more, now with the values for the picture
            found.deadlocks[place] = _again(stage, one)
        for place, one in enumerate(found.failures):
            found.failures[place] = one if one.ending == "stuck" else _again(stage, one)
        return found


def replay_file(path: Path, schedule: Written, *, threads: str = "") -> Replay:
    """Run the file's threads by one schedule."""
    with _staged(path, threads) as stage:
        return stage.run(Chosen(parse(schedule)), MOST_STEPS, keeps_values=True)


def _again(stage: Stage, failure: Replay) -> Replay:
    return stage.run(Chosen(failure.schedule), MOST_STEPS, keeps_values=True)


class FileScenario:
    """A file as a scenario: its state is the namespace that it makes when it is run, and what its `make` gives."""

    def __init__(self, path: Path, code: CodeType, names: list[str]) -> None:
        self.path, self.code, self.names = path, code, names
        self.faces: dict[ModuleType, ModuleType] = {}

    @property
    def threads(self) -> list[Callable[[Any], object]]:
        return [partial(self._live, name) for name in self.names]

    def _live(self, name: str, state: tuple[dict[str, Any], Any]) -> object:
        return _call(state[0][name], state[1])

    def make(self) -> tuple[dict[str, Any], Any]:
        """Run the file, and then its `make`."""
        space: dict[str, Any] = {"__name__": NAME, "__file__": str(self.path)}
        space["__builtins__"] = vars(builtins) | {"__import__": self._import}
        try:
            exec(self.code, space)
            return space, _call(space["make"], None) if "make" in space else None
        except Exception as error:
            raise UsageError(f"{self.path.name} cannot be run", why=_where(error, self.path)) from error

    def verdict(self, state: tuple[dict[str, Any], Any]) -> str:
        space, made = state
        try:
            said = _call(space["verdict"], made) if "verdict" in space else ""
        except AssertionError as error:
            return str(error) or _where(error, self.path)
        if isinstance(said, str):
            return said
        return "wrong" if said is False else ""

    def _import(self, name: str, *arguments: Any, **options: Any) -> ModuleType:
        module: ModuleType = __import__(name, *arguments, **options)
        return self.faces.get(module, module)


@contextlib.contextmanager
def _staged(path: Path, threads: str) -> Iterator[Stage]:
    """The file on its stage; what it prints is dropped meanwhile, and its folder is where it imports from."""
    code = _compile(path)
    scenario = FileScenario(path, code, [])
    stage = Stage(scenario, nested(code)[1:], [])
    scenario.faces = {module: stage.standins.faces[module] for module in (threading, queue, time)}
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        with contextlib.redirect_stdout(_Nowhere()):
            scenario.names = _threads(scenario, threads)
            yield stage
    finally:
        sys.path[:] = before


class _Nowhere(io.TextIOBase):
    """Takes what is printed, and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def _compile(path: Path) -> CodeType:
    try:
        return compile(path.read_text(encoding="utf-8"), str(path), "exec")
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", why=f"byte {error.start}") from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise UsageError(f"{path} is not Python", why=f"{getattr(error, 'msg', error)} (line {line})") from error


def _threads(scenario: FileScenario, asked: str) -> list[str]:
    """The names of the functions to run as threads. Adds those of a `threads` tuple to the namespace by their place."""
    space, _ = scenario.make()
    functions = sorted(name for name, value in space.items() if inspect.isfunction(value))
    if asked:
        names = [name.strip() for name in asked.split(",") if name.strip()]
        for name in names:
            if name not in functions:
                raise unknown("function", name, functions)
        return names
    named = {id(space[name]): name for name in functions}
    names = [named.get(id(one), "") for one in space.get("threads", ())]
    if not names or not all(names):
        raise UsageError(f"{scenario.path.name} does not say what to run as threads", do=CONVENTION)
    return names


def _call(function: Callable[..., Any], state: Any) -> Any:
    """Call it with the state, if it takes an argument."""
    return function(state) if inspect.signature(function).parameters else function()


def _where(error: Exception, path: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {error}".rstrip(": ") + place
