"""One live target under one load, measured window after window while its fault changes.

Windows of the same process that follow one another differ far less than fresh
processes do, so a counter can be held against a small known change in seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from concur.bench.calibration.inject import Counts, Injector, Orders
from concur.bench.counters import Counters, Observer, observe
from concur.bench.placement import Placement, place
from concur.bench.plan import Plan, Target
from concur.bench.scenarios import Scenario
from concur.bench.target import running_on, start
from concur.bench.trial import load_of, smoke, window
from concur.errors import LoadError
from concur.load.drive import Engine
from concur.load.plan import LoadResult
from concur.load.stuck import stuck_peers

WARMUP_S = 1.0


class Window(NamedTuple):
    """One window: what the engine counted, what was counted of the target, what was put in."""

    load: LoadResult
    counters: Counters
    engine_sleeps: int
    done: Counts | None

    @property
    def cpu_ns(self) -> float:
        """CPU time of the target for one request. The counters are read a moment after the engine's window ends."""
        return self.counters.cpu_ns / self.load.verified * (self.load.window_ns / self.counters.at_ns)


class Live:
    """A target under load. `window` measures; what is injected stays until it is changed."""

    def __init__(self, engine: Engine, observer: Observer, placement: Placement, injector: Injector | None) -> None:
        self.placement = placement
        self._engine, self._observer, self._injector = engine, observer, injector

    def window(self, duration_s: float, orders: Orders | None = None) -> Window:
        """Measure for so long, under these orders if there are some. Raises LoadError for a window without a reply."""
        if self._injector and orders is not None:
            self._injector.order(orders)
        done = self._injector.counts() if self._injector else None
        part = window(self._engine, self._observer, int(duration_s * 1e9))
        if not part.load.verified:
            raise LoadError("nothing was measured", why="no reply came within the window")
        return Window(*part, self._injector.counts().minus(done) if self._injector and done else None)


@contextmanager
def live(target: Target, scenario: Scenario, injector: Injector | None = None) -> Iterator[Live]:
    """The target, with the injector's library in it if there is one, warmed up under the scenario's load."""
    placement, plan = place(scenario.placement), Plan(targets=[target], scenarios=[scenario])
    chosen = injector.into(target) if injector else target
    with running_on(placement.engine), start(chosen, scenario, placement) as running:
        smoke(running.host, running.port)  # as in a trial: without it asyncio's heap is in another state
        observer = observe(running.pid)
        try:
            with (
                stuck_peers(running.host, running.port, scenario.stuck_peers),
                Engine(load_of(running, target, scenario, plan), cpus=placement.engine) as engine,
            ):
                engine.start()
                engine.open_window(int(WARMUP_S * 1e9))
                engine.close_window()
                yield Live(engine, observer, placement, injector)
        finally:
            observer.close()
