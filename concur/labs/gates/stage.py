"""A scenario with everything in place for its runs: the functions looked at, and the controlled primitives.

Tier 0. What is on the stage is put back after every run.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol

from concur.errors import UsageError
from concur.labs.gates.baton import Run
from concur.labs.gates.conductor import Conductor
from concur.labs.gates.cycles import describe, find_cycle
from concur.labs.gates.guide import Chosen, by_operation
from concur.labs.gates.operations import Operation, nested, operations, stored_globals
from concur.labs.gates.outcome import Replay
from concur.labs.gates.schedule import Schedule
from concur.labs.gates.standins import Namespace, StandIns

MOST_STEPS = 20_000  # in one run, after which it is taken to have no end
Within = ModuleType | type | Callable[..., object]


class Staged(Protocol):
    """A scenario: a fresh state, functions of it to run as threads, and what is wrong with it afterwards."""

    @property
    def threads(self) -> Sequence[Callable[[Any], object]]: ...

    def make(self) -> Any: ...

    def verdict(self, state: Any) -> str: ...


class Stage:
    """A scenario with everything in place for its runs."""

    def __init__(
        self, scenario: Staged, codes: list[CodeType], spaces: list[Namespace], files: Collection[str] = ()
    ) -> None:
        self.scenario, self.spaces = scenario, spaces
        self.conductor = Conductor()
        self.standins = StandIns(self.conductor)
        self._codes, self._files = set(codes), files
        self._stored = stored_globals(codes)
        self._operations: dict[CodeType, dict[int, Operation] | None] = {}

    def look_up(self, code: CodeType) -> dict[int, Operation] | None:
        """What the opcodes of a function do; None if it is not looked at."""
        try:
            return self._operations[code]
        except KeyError:
            is_within = code in self._codes or code.co_filename in self._files
            found = operations(code, self._stored) if is_within else None
            return self._operations.setdefault(code, found)

    def run(self, guide: Chosen, most_steps: int, *, keeps_values: bool = False) -> Replay:
        """One run from a fresh state to its verdict."""
        self.conductor.begin_run()
        try:
            state = self._ready()
            bodies = [_body(thread, state) for thread in self.scenario.threads]
            run = Run(bodies, self.look_up, guide, most_steps=most_steps, keeps_values=keeps_values)
            self.conductor.run = run
            run.go()
            return self._result(run, guide, state)
        finally:
            self.standins.take_out()

    def _ready(self) -> Any:
        for space in self.spaces:
            self.standins.put_names(space)
        state = self.scenario.make()
        for space in self.spaces:
            self.standins.put_things(space, state)
        return state

    def _result(self, run: Run, guide: Chosen, state: Any) -> Replay:
        cycle = find_cycle(run.waits)
        what = describe(run.waits, cycle) if run.ending == "deadlock" else run.what
        if not run.ending:
            what = self.scenario.verdict(state) or ""
        names = [lane.name for lane in run.lanes]
        said = by_operation(run, guide.so_far) if what else Schedule()
        return Replay(guide.so_far, what, run.ending, run.events, names, state, run.waits, cycle, said, guide.diverged)


def _body(thread: Callable[[Any], object], state: Any) -> Callable[[], object]:
    return lambda: thread(state)


def stage_of(scenario: Staged, within: Within | Sequence[Within]) -> Stage:
    """The stage for a scenario, whose functions `within` are looked at: modules, classes or functions.

    Of a module all that its file defines: decorated functions, and lambdas in a table, too.
    """
    if not scenario.threads:
        raise UsageError("the scenario has no threads", do="Set `threads` to two functions of what `make` returns.")
    parts = within if isinstance(within, list | tuple) else [within]
    functions = [function for part in parts for function in _functions(part)]
    codes = [code for function in functions for code in nested(function.__code__)]
    spaces = list({id(one.__globals__): one.__globals__ for one in functions}.values())
    files = {file for part in parts if isinstance(part, ModuleType) if (file := getattr(part, "__file__", None))}
    return Stage(scenario, codes, spaces, files)


def _functions(part: Any) -> Iterator[FunctionType]:
    """The functions of a module, a class or a function."""
    if isinstance(part, FunctionType | MethodType):
        yield part if isinstance(part, FunctionType) else part.__func__  # type: ignore[misc] # a method's is one
    elif isinstance(part, ModuleType):
        for value in list(vars(part).values()):
            if isinstance(value, FunctionType | type) and value.__module__ == part.__name__:
                yield from _functions(value)
    elif isinstance(part, type):
        for value in list(vars(part).values()):
            yield from _of_class(value)


def _of_class(value: Any) -> Iterator[FunctionType]:
    for inner in (getattr(value, name, None) for name in ("__func__", "fget", "fset", "func", "__wrapped__")):
        if isinstance(inner, FunctionType):
            yield inner
    if isinstance(value, FunctionType | type):
        yield from _functions(value)
