"""Known CPU for each message: does the counter show as much, and do the verdicts say what they may?

The CPU is a fixed number of turns of a fixed computation, so that the machine's
speed moves it as it moves the server's own work, and a ratio keeps still. What
the turns took is timed where they ran, by the thread's CPU clock, one message in 64.
"""

import random
from collections.abc import Callable
from pathlib import Path

from concur.bench import estimates
from concur.bench.calibration.inject import Injector, Orders, spin_ns
from concur.bench.calibration.live import Live, Window, live
from concur.bench.calibration.rows import Row, interval, of_ratio, of_words
from concur.bench.plan import Plan, Target
from concur.bench.results import Comparison, Run
from concur.bench.runner import Runner
from concur.bench.scenarios import scenario
from concur.bench.target import running_on

MODEL = "asyncio_streams"  # of those that need no library, the one beside which the engine is most idle
SHARES = (0.01, 0.05, 0.10)
ROUNDS, WINDOW_S = 40, 0.2
LOOKS, LOOK_S, TRIAL_SHARE = 4, 0.4, 0.5  # to find what a message costs by itself, and what a turn does
WIDEST = 0.05

VERDICT_SHARES = {"nothing (A/A)": 0.0, "CPU + 1 %": 0.01, "CPU + 10 %": 0.10}
VERDICT_ROUNDS, VERDICT_TURNS, VERDICT_WINDOW_S, VERDICT_WARMUP_S = 20, 6, 0.48, 0.5

Tell = Callable[[str], None]


def counters(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """Rows for the CPU a request: windows of one live target, with 0, 1, 5 and 10 % more, in shuffled order."""
    injector = Injector(folder / "cpu")
    with live(target, scenario("small"), injector) as target_alive:
        turns = turns_for_all(target_alive)
        rounds = [_round(target_alive, turns, number, tell) for number in range(1, ROUNDS + 1)]
    return [_row(share, rounds) for share in SHARES]


def turns_for_all(measured: Live) -> float:
    """How many turns of the computation take as long as one message's own work, here and now.

    What a turn takes is first found outside of the server, then within it, where it counts.
    """
    first = measured.window(LOOK_S, Orders())
    with running_on(measured.placement.target):
        spins = round(TRIAL_SHARE * first.cpu_ns / spin_ns())
    looks = [measured.window(LOOK_S, Orders(spins=each)) for _ in range(LOOKS) for each in (0, spins)]
    plain, tried = looks[::2], looks[1::2]
    turn_ns = (timed_ns(tried) - timed_ns(plain)) / spins
    return estimates.estimate([each.cpu_ns for each in plain]).median / turn_ns


def _round(measured: Live, turns: float, number: int, tell: Tell) -> dict[float, Window]:
    tell(f"{number} of {ROUNDS}")
    order = [0.0, *SHARES]
    random.Random(number).shuffle(order)
    return {share: measured.window(WINDOW_S, Orders(spins=round(share * turns))) for share in order}


def _row(share: float, rounds: list[dict[float, Window]]) -> Row:
    plain, injected = ([each[one] for each in rounds] for one in (0.0, share))
    ratios = estimates.ratios_by_round([each.cpu_ns for each in injected], [each.cpu_ns for each in plain])
    own_ns = estimates.estimate([each.cpu_ns for each in plain]).median
    expected = 1 + share * _injected_ns(rounds) / own_ns
    return of_ratio(f"CPU + {100 * share:.0f} %", "CPU a request, ratio", expected, ratios, widest=WIDEST)


def _injected_ns(rounds: list[dict[float, Window]]) -> float:
    """What all of `turns` would have taken in these windows; of the most that was injected, as it is timed best."""
    most = max(SHARES)
    return (timed_ns([each[most] for each in rounds]) - timed_ns([each[0.0] for each in rounds])) / most


def timed_ns(windows: list[Window]) -> float:
    """What the computation took for a message, with the clock's own cost, by the samples in these windows."""
    done = [each.done for each in windows if each.done]
    return sum(each.sampled_ns for each in done) / max(1, sum(each.samples for each in done))


# Verdicts


def verdicts(target: Target, folder: Path, tell: Tell) -> list[Row]:
    """Rows for what a run says: four variants of a model, one of them without a difference, in paired rounds."""
    with live(target, scenario("small"), Injector(folder / "look")) as alive:
        turns = turns_for_all(alive)
    injectors = {
        name: Injector(folder / f"variant-{number}", Orders(spins=round(share * turns)))
        for number, (name, share) in enumerate({"plain": 0.0, **VERDICT_SHARES}.items())
    }
    variants = {name: injector.into(target) for name, injector in injectors.items()}
    run = compared(list(variants.values()), variants["plain"].label, folder, tell)
    for injector in injectors.values():
        injector.check(1)
    said = {each.label: each for each in run.comparisons if each.metric == "rate"}
    return [_verdict_row(name, share, said.get(variants[name].label)) for name, share in VERDICT_SHARES.items()]


def compared(targets: list[Target], reference: str, folder: Path, tell: Tell) -> Run:
    """A run of the targets at capacity, as `concur bench` would do it."""
    plan = Plan(
        targets=targets,
        scenarios=[scenario("small")],
        rounds=VERDICT_ROUNDS,
        duration_s=VERDICT_WINDOW_S,
        warmup_s=VERDICT_WARMUP_S,
        reference=reference,
        turns=VERDICT_TURNS,
        twin=False,  # one of the variants is one
    )
    runner = Runner(plan, [], lambda progress: tell(f"{progress.done + 1} of {progress.trials}"), folder)
    runner.prepare()
    runner.carry_out()
    return runner.run


def _verdict_row(name: str, share: float, said: Comparison | None) -> Row:
    """10 % has to be found; of less, nothing false may be said. How much it is, the counter's rows judge.

    A rate at capacity falls by more than that: the engine sleeps more often then, and each time a reply wakes it.
    """
    expected = 1 / (1 + share)
    what = {0.0: "no verdict", 0.10: "slower"}.get(share, "not faster")
    if said is None:
        return of_words(name, "verdict on the rate", what, "no comparison", recovered=False)
    is_right = {0.0: said.verdict not in ("faster", "slower"), 0.10: said.verdict == "slower"}.get(
        share, said.verdict != "faster"
    )
    return of_words(
        name,
        "verdict on the rate",
        f"{what}, {expected:.3f}",
        f"{said.verdict}, {interval(said.ratio)}",
        recovered=is_right,
    )
