"""Known time: a delay, a stall, a hold of the GIL. And known loss. Do latencies and counts show as much?"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from concur.bench import estimates
from concur.bench.calibration.inject import Injector, Orders
from concur.bench.calibration.live import Window, live
from concur.bench.calibration.rows import Row, not_tried, of_count, of_value
from concur.bench.placement import place
from concur.bench.plan import Plan, Target
from concur.bench.probe.probing import probe
from concur.bench.scenarios import Scenario, scenario
from concur.bench.target import running_on, start
from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult

DELAY_NS, DELAY_ROUNDS, DELAY_WINDOW_S = 5_000_000, 10, 0.2

LOSE_EVERY, MESSAGES, LOSS_TIMEOUT_NS = 100, 4_000, 100_000_000

STALL_EVERY_NS, STALL_NS, STALL_WINDOW_S = 1_000_000_000, 100_000_000, 5.0
HOLD_EVERY_MS, HOLD_MS, HOLD_WINDOW_S = 250, 50, 4.0
STEADY = Scenario(
    name="calibration", shows="a low rate", connections=16, payload_bytes=64, is_open=True, rate_per_s=1_000.0
)

Tell = Callable[[str], None]


def delay(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """One connection, windows with and without a sleep before each reply: the median is later by as much."""
    with live(target, scenario("one"), Injector(folder / "delay")) as alive:
        rounds: list[tuple[Window, Window]] = []
        for number in range(1, DELAY_ROUNDS + 1):
            tell(f"{number} of {DELAY_ROUNDS}")
            plain, late = (alive.window(DELAY_WINDOW_S, Orders(delay_ns=each)) for each in (0, DELAY_NS))
            rounds.append((plain, late))
    more_ns = estimates.estimate([late.load.latency_ns["p50"] - plain.load.latency_ns["p50"] for plain, late in rounds])
    fault, delay_ms = f"{DELAY_NS / 1e6:.0f} ms before replies", DELAY_NS / 1e6
    return [of_value(fault, "p50, later by", delay_ms, more_ns.median / 1e6, within=0.05, unit=" ms")]


def loss(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """Each hundredth reply is swallowed: so many messages time out, no more and no fewer, and none is wrong."""
    injector = Injector(folder / "loss", Orders(lose_every=LOSE_EVERY))
    tell(f"{MESSAGES} messages")
    totals = _all_of(injector.into(target))
    lost = injector.counts().lost
    fault = f"each {LOSE_EVERY}th reply lost"
    return [
        of_count(fault, "timed out", lost, totals.timed_out),
        of_count(fault, "verified", totals.sent - lost, totals.verified),
    ]


def _all_of(target: Target) -> LoadResult:
    placement = place("pinned")
    with running_on(placement.engine), start(target, scenario("small"), placement) as running:
        load = Load(host=running.host, port=running.port, connections=8, messages=MESSAGES, timeout_ns=LOSS_TIMEOUT_NS)
        with Engine(load, cpus=placement.engine) as engine:
            engine.start()
            engine.exhaust()
            engine.finish()
            return engine.totals()


def stall(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """Once a second the server sleeps, and a tenth of all messages are due in it: p99 and the longest tell how long."""
    injector = Injector(folder / "stall", Orders(stall_every_ns=STALL_EVERY_NS, stall_ns=STALL_NS))
    tell(f"{STALL_WINDOW_S:.0f} s")
    with live(target, STEADY, injector) as alive:
        window = alive.window(STALL_WINDOW_S)
    assert window.done
    slept_ns = window.done.stalled_ns / max(1, window.done.stalls)
    fault = f"{STALL_NS / 1e6:.0f} ms stall each {STALL_EVERY_NS / 1e9:.0f} s"
    return _pauses(fault, window, slept_ns, STALL_EVERY_NS)


def gil_holds(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """A thread keeps the GIL a fifth of the time: p99 and the longest tell for how long at a time."""
    tell(f"{HOLD_WINDOW_S:.0f} s")
    holder = gil_holder(target)
    with live(holder, STEADY) as alive:
        window = alive.window(HOLD_WINDOW_S)
    fault = f"GIL held {HOLD_MS} of {HOLD_EVERY_MS} ms"
    return [*_pauses(fault, window, HOLD_MS * 1e6, HOLD_EVERY_MS * 1e6), _waiters(fault, holder)]


def _waiters(fault: str, holder: Target) -> Row:
    """The server's one thread wants the GIL from the first message on that comes within a hold."""
    seen = probe(holder, STEADY, place(STEADY.placement), Plan(targets=[], scenarios=[], duration_s=HOLD_WINDOW_S))
    by = "probe, waiting for it"
    if not seen.gil_source:
        return not_tried(fault, by, "; ".join(seen.missing) or "there is no GIL")
    first_ms = 1e3 / (STEADY.rate_per_s or 1.0) / 2
    return of_value(fault, by, (HOLD_MS - first_ms) / HOLD_EVERY_MS, seen.waiting.get("gil", 0.0), within=0.15)


def gil_holder(target: Target) -> Target:
    """A server whose GIL is held by a thread that does nothing else, on the same interpreter."""
    name = str(Path(__file__).with_name("servers") / "gil_holder.py")
    env = {"CONCUR_HOLD_MS": str(HOLD_MS), "CONCUR_HOLD_EVERY_MS": str(HOLD_EVERY_MS)}
    return msgspec.structs.replace(target, kind="own", name=name, env=target.env | env)


def _pauses(fault: str, window: Window, pause_ns: float, every_ns: float) -> list[Row]:
    seen = window.load.latency_ns
    expected_ns = pause_quantile_ns(0.99, pause_ns, every_ns)
    return [
        of_value(fault, "p99", expected_ns / 1e6, seen["p99"] / 1e6, within=0.10, unit=" ms"),
        of_value(fault, "longest", pause_ns / 1e6, seen["max"] / 1e6, within=0.10, unit=" ms"),
    ]


def pause_quantile_ns(quantile: float, pause_ns: float, every_ns: float) -> float:
    """The latency's quantile where messages are due evenly, and a server that is quick pauses once in each such span.

    A share pause/every of them is due within a pause, and those wait between nothing and all of it, evenly: of all,
    pause/every × (1 − t/pause) wait longer than t.
    """
    share = pause_ns / every_ns
    return pause_ns * max(0.0, 1 - (1 - quantile) / share)
