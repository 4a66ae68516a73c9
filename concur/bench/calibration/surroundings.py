"""What is around a server: a busy neighbour on its CPU, a peer that never reads. Do counters and warnings show it?"""

import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from concur.bench import machine
from concur.bench.calibration.live import Window, live
from concur.bench.calibration.rows import Row, of_value, of_words
from concur.bench.explain.causes import Cause, Explanation, explain
from concur.bench.placement import place
from concur.bench.plan import Plan, Target
from concur.bench.probe.probing import probe
from concur.bench.runner import Runner
from concur.bench.scenarios import Scenario, scenario
from concur.bench.target import running_on

NEIGHBOUR = [sys.executable, "-S", "-c", "while True: pass"]
NEIGHBOUR_WINDOW_S = 1.5
STUCK = Scenario(name="calibration", shows="a peer that does not read", connections=16, stuck_peers=1)
STUCK_WINDOW_S = 2.0
PATIENCE_MS = 100.0  # of servers/blocking_writes.py

Tell = Callable[[str], None]


@contextmanager
def neighbour(cpus: Collection[int] | None) -> Iterator[None]:
    """A process that spins on these CPUs, until the context ends."""
    with running_on(tuple(cpus) if cpus else None):
        process = subprocess.Popen(NEIGHBOUR)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def on_its_cpu(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """A server at capacity with and without somebody on its CPU: the scheduler gives each the same share."""
    with live(target, scenario("small")) as alive:
        tell("alone")
        alone = alive.window(NEIGHBOUR_WINDOW_S)
        with neighbour(alive.placement.target):
            tell("with the neighbour")
            beside = alive.window(NEIGHBOUR_WINDOW_S)
    return _shares(alone, beside)


def _shares(alone: Window, beside: Window) -> list[Row]:
    """Who has 1/n of a CPU among n has 1/(n+1) with one more: others may have been there before."""
    before = alone.counters.busy(1)
    share = 1 / (1 / max(before, 0.01) + 1)
    waited = (beside.counters.run_delay_ns or 0) / beside.counters.at_ns
    fault = "a neighbour on its CPU"
    switches = [(each.counters.involuntary_switches or 0) / (each.counters.at_ns / 1e9) for each in (alone, beside)]
    return [
        of_value(fault, "server busy", share, beside.counters.busy(1), within=0.15),
        of_value(fault, "time in the run queue", 1 - share, waited, within=0.15),
        of_words(
            fault,
            "involuntary switches",
            "more",
            f"{switches[1]:.0f} a second, alone {switches[0]:.0f}",
            recovered=switches[1] > switches[0],
        ),
    ]


def before_a_run(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """Somebody who spins when a run begins is said before it starts."""
    tell("listening")
    with neighbour(None):
        said = [each for each in machine.warnings_before_start() if each.startswith("Other work uses")]
    return [of_words("a neighbour, before", "warning", "said", said[0] if said else "", recovered=bool(said))]


def slow_client(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """A peer that never reads, and a server that waits for it in each turn: all others wait as long, and it is said."""
    name = str(Path(__file__).with_name("servers") / "blocking_writes.py")
    waiting = msgspec.structs.replace(target, kind="own", name=name)
    tell("latency")
    with live(waiting, STUCK) as alive:
        window = alive.window(STUCK_WINDOW_S)
    tell("cause")
    told = explained(waiting, STUCK, folder)
    fault, seen_ms = "a peer that never reads", window.load.latency_ns["p50"] / 1e6
    return [
        of_value(fault, "p50 of the others", PATIENCE_MS, seen_ms, within=0.15, unit=" ms"),
        of_words(fault, "cause", Cause.SLOW_PEER, told.cause or told.sentence, recovered=told.cause == Cause.SLOW_PEER),
    ]


def explained(target: Target, one: Scenario, folder: Path) -> Explanation:
    """What the rules say of a target: of a short trial, and of a probe."""
    plan = Plan(targets=[target], scenarios=[one], rounds=1, twin=False)
    runner = Runner(plan, [], lambda progress: None, folder)
    runner.prepare()
    runner.carry_out()
    (cell,) = runner.run.cells
    cell.probe = probe(target, one, place(one.placement), plan)
    return explain(cell, one)
