"""What reading the counters costs the server that they are read of: python benchmarks/counters_cost.py

One live target under one load, window after window, two a round in shuffled
order: with a cgroup made for it and the counters read at both edges, as in
every trial; and with neither. The engine counts the replies in both.
Wanted: a cost of at most 2 % of the rate, by its interval.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console

from concur.bench import estimates
from concur.bench.counters import observe
from concur.bench.placement import place
from concur.bench.plan import Plan, Target
from concur.bench.results import Estimate
from concur.bench.scenarios import scenario
from concur.bench.target import running_on, start
from concur.bench.trial import load_of
from concur.errors import ConcurError
from concur.interpreters.find import current
from concur.load.drive import Engine

MOST = 0.02  # of the rate
WARMUP_S, SETTLE_S = 1.0, 0.05


class Loaded(NamedTuple):
    """A target under load."""

    pid: int
    engine: Engine


class Cost(msgspec.Struct, frozen=True):
    """The rate with the counters read over the rate without, by round; and the reader's own CPU time for a window."""

    model: str
    ratios: list[float]
    ratio: Estimate
    reading_ns: Estimate


def main() -> int:
    """A line for each model; 1 where the cost is surely more, or nobody can tell; 2 where nothing can be measured."""
    asked = options().parse_args()
    try:
        costs = [measure(model, asked.rounds, asked.duration) for model in asked.models.split(",")]
    except ConcurError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    if asked.export_json:
        asked.export_json.write_bytes(msgspec.json.encode(costs))
    for cost in costs:
        Console(highlight=False).print(sentence(cost), soft_wrap=True)
    return 0 if all(cost_of(cost)[2] <= MOST for cost in costs) else 1


def options() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-m", "--models", default="callbacks,threads", help="ids (default %(default)s)")
    parser.add_argument("-r", "--rounds", type=int, default=100, help="of two windows each (default %(default)s)")
    parser.add_argument("-d", "--duration", type=float, default=0.8, help="a window, in seconds, as in a trial (0.8)")
    parser.add_argument("--export-json", type=Path, metavar="FILE", help="all ratios")
    return parser


def measure(model: str, rounds: int, duration_s: float) -> Cost:
    """The cost for one model, 64 connections in a closed loop."""
    ratios: list[float] = []
    reading: list[float] = []
    with loaded(Target(kind="model", name=model, interpreter=current())) as target:
        for number in range(rounds):
            rates = {}
            for is_read in random.Random(number).sample([True, False], 2):
                time.sleep(SETTLE_S)
                rates[is_read], reading_ns = window(target, duration_s, is_read)
                reading += [reading_ns] if is_read else []
            ratios.append(rates[True] / rates[False])
            print(f"{model}: {number + 1} of {rounds}", file=sys.stderr)  # noqa: T201
    return Cost(model, ratios, estimates.ratio(ratios, [1.0] * rounds), estimates.estimate(reading))


@contextmanager
def loaded(target: Target) -> Iterator[Loaded]:
    """The target, warm, under the load of `small`; nobody observes it."""
    small = scenario("small")
    placement, plan = place(small.placement), Plan(targets=[target], scenarios=[small])
    with (
        running_on(placement.engine),
        start(target, small, placement) as running,
        Engine(load_of(running, target, small, plan), cpus=placement.engine) as engine,
    ):
        engine.start()
        engine.open_window(int(WARMUP_S * 1e9))
        engine.close_window()
        yield Loaded(running.pid, engine)


def window(target: Loaded, duration_s: float, is_read: bool) -> tuple[float, float]:
    """(replies per second, CPU time of the reading in ns) of one window."""
    if not is_read:
        target.engine.open_window(int(duration_s * 1e9))
        return target.engine.close_window().rate_per_s, 0.0
    observer = observe(target.pid)
    try:
        target.engine.open_window(int(duration_s * 1e9))
        began_ns = time.thread_time_ns()
        before = observer.read()
        first_ns = time.thread_time_ns() - began_ns
        load = target.engine.close_window()
        began_ns = time.thread_time_ns()
        observer.read().minus(before)
        return load.rate_per_s, float(first_ns + time.thread_time_ns() - began_ns)
    finally:
        observer.close()


def cost_of(cost: Cost) -> tuple[float, float, float]:
    """(middle, low, high) as a share of the rate."""
    low, high = cost.ratio.interval or (cost.ratio.median, cost.ratio.median)
    return 1 - cost.ratio.median, 1 - high, 1 - low


def sentence(cost: Cost) -> str:
    """The cost with its interval, and what may be said of it."""
    middle, low, high = (100 * share for share in cost_of(cost))
    said = "at most 2 %" if high <= 100 * MOST else "more than 2 %" if low > 100 * MOST else "not decided: more rounds"
    return (
        f"{cost.model}: reading the counters costs {middle:.1f} % of the rate ({low:.1f} to {high:.1f} %), {said}; "
        f"{len(cost.ratios)} rounds; the reader used {cost.reading_ns.median / 1e6:.1f} ms of its own CPU for a window"
    )


if __name__ == "__main__":
    sys.exit(main())
