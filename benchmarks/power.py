"""What verdicts are worth: python benchmarks/power.py --rounds 30 (about an hour; a quiet machine)

Every model in four variants, which take turns in each round: as it is; the same
again (A/A); with 0.5 % and with 10 % more CPU for each message, put in from
outside (concur/bench/calibration). Each variant is compared with its own
model as it is, paired by round; the comparisons of one kind are a family, corrected as one.

Wanted: of 20 A/A comparisons at most one says «faster» or «slower», of 20 with
0.5 % at most 3 say «slower», of 20 with 10 % at least 18. (All 20 models need
Python 3.14: -i 3.14.) After each round all is
saved in the folder; the same command goes on from there, --rounds 0 only shows.
"""

import argparse
import math
import random
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from concur import catalog
from concur.bench import comparing, estimates, results, verdicts
from concur.bench.calibration.cpu import turns_for_all
from concur.bench.calibration.inject import Injector, Orders
from concur.bench.calibration.live import live
from concur.bench.calibration.rows import interval
from concur.bench.choose import ask_what_is_missing, choose_targets
from concur.bench.placement import place
from concur.bench.plan import Plan, Target
from concur.bench.results import Cell
from concur.bench.scenarios import scenario
from concur.bench.trial import fewer_connections
from concur.bench.turns import Player, take_turns
from concur.bench.usable import not_comparable
from concur.errors import ConcurError
from concur.interpreters.find import current, resolve_many

PLAIN = "plain"
SHARES = {PLAIN: 0.0, "A-A": 0.0, "0.5 %": 0.005, "10 %": 0.10}
METRICS = ("rate", "cpu")
WANTED = {
    "A-A": (("faster", "slower"), 0, 1),
    "0.5 %": (("slower",), 0, 3),
    "10 %": (("slower",), 18, 20),
}  # which verdicts count, and how many of 20 at least and at most


class Finding(msgspec.Struct, frozen=True):
    """One variant against its own model as it is."""

    model: str
    variant: str
    metric: str
    ratio: results.Estimate
    verdict: str


def main() -> int:
    """Go on with the rounds, and show what there is; 1 where it is not as wanted, 2 where nothing can be measured."""
    asked = options().parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    try:
        if asked.rounds:
            measure(asked)
        found = judge(cells_of(asked.folder))
    except ConcurError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    (asked.folder / "findings.json").write_bytes(msgspec.json.encode(found))
    return 0 if show(found) else 1


def options() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-m", "--models", default="all", help="ids, separated by commas (default all)")
    parser.add_argument("-i", "--interpreters", default="", help="one of them (default this one)")
    parser.add_argument("-r", "--rounds", type=int, default=30, help="in all, those of earlier calls included (30)")
    parser.add_argument("-d", "--duration", type=float, default=0.6, help="a window, in seconds (0.6)")
    parser.add_argument("-t", "--turns", type=int, default=6, help="parts of a window (6)")
    parser.add_argument("-w", "--warmup", type=float, default=1.0, help="the warm-up's bound, in seconds (1.0)")
    parser.add_argument("--folder", type=Path, default=Path(".concur/power"), help="where all is kept (.concur/power)")
    return parser


# Measuring


def measure(asked: argparse.Namespace) -> None:
    """The rounds that are not there yet, each a run of its own."""
    targets = present(asked.models, asked.interpreters)
    injectors = {
        (target.name, variant): injector(asked.folder, target.name, variant, turns)
        for target, turns in zip(targets, turns_of(targets, asked.folder), strict=True)
        for variant in SHARES
    }
    groups = [[injectors[target.name, variant].into(target) for variant in SHARES] for target in targets]
    for number in range(1, asked.rounds + 1):
        if not round_file(asked.folder, number).exists():
            carry_out(number, groups, asked)
            for each in injectors.values():
                each.check(1)


def present(models: str, interpreter: str) -> list[Target]:
    """What this machine has of the models."""
    chosen = choose_targets(models.split(","), [], resolve_many(interpreter) if interpreter else [current()], [])
    return [target for target in ask_what_is_missing(chosen) if not target.absent]


def turns_of(targets: list[Target], folder: Path) -> list[float]:
    """For each target, the turns that take as long as its own work for a message; found once, and kept."""
    kept = folder / "turns.json"
    known = msgspec.json.decode(kept.read_bytes(), type=dict[str, float]) if kept.exists() else {}
    for target in targets:
        if target.name not in known:
            tell(f"{target.name}: what a message costs")
            known[target.name] = look(target, folder)
            kept.write_bytes(msgspec.json.encode(known))
    return [known[target.name] for target in targets]


def look(target: Target, folder: Path) -> float:
    """The turns, in the environment of the plain variant."""
    with live(target, scenario("small"), Injector(page(folder, target.name, PLAIN))) as alive:
        return turns_for_all(alive)


def page(folder: Path, model: str, variant: str) -> Path:
    """Where a variant's orders stand; its name tells a cell's variant."""
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    return (pages / f"{model} {variant}").absolute()


def injector(folder: Path, model: str, variant: str, turns: float) -> Injector:
    """What puts the CPU of one variant in."""
    return Injector(page(folder, model, variant), Orders(spins=round(turns * SHARES[variant])))


def carry_out(number: int, groups: list[list[Target]], asked: argparse.Namespace) -> None:
    """One round, in which the variants of a model take turns; it is there whole, or not at all."""
    order = random.Random(number).sample(groups, len(groups))
    cells = []
    for done, variants in enumerate(order):
        tell(f"round {number} of {asked.rounds}: {done} of {len(order)} models, {variants[0].name}")
        cells += measured_in_turns(number, variants, asked)
    unfinished = round_file(asked.folder, number).with_suffix(".tmp")
    unfinished.write_bytes(msgspec.json.encode(cells))
    unfinished.replace(round_file(asked.folder, number))


def measured_in_turns(number: int, variants: list[Target], asked: argparse.Namespace) -> list[Cell]:
    """A cell of one trial for each variant."""
    load, placement = scenario("small"), place("pinned")
    plan = Plan(
        targets=variants,
        scenarios=[load],
        duration_s=asked.duration,
        warmup_s=asked.warmup,
        turns=asked.turns,
        seed=number,
    )
    players = [Player(each, placement, lambda _: None) for each in variants]
    return [
        Cell(
            model=target.name,
            topology=target.topology,
            interpreter=target.interpreter.short,
            scenario=load.name,
            label=target.label,
            env=target.env,
            placement=placement.name,
            connections=fewer_connections(target, load),
            trials=[trial],
        )
        for target, trial in zip(variants, take_turns(players, load, plan, number), strict=True)
    ]


def round_file(folder: Path, number: int) -> Path:
    """Where a round is kept."""
    return folder / f"round-{number:03}.json"


def tell(text: str) -> None:
    """On stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


# Judging


def cells_of(folder: Path) -> dict[tuple[str, str], Cell]:
    """The cells of all rounds, by model and variant."""
    cells: dict[tuple[str, str], Cell] = {}
    for number, path in enumerate(sorted(folder.glob("round-*.json")), start=1):
        for cell in msgspec.json.decode(path.read_bytes(), type=list[Cell]):
            model, _, variant = Path(cell.env["CONCUR_INJECT"]).name.partition(" ")
            whole = cells.setdefault((model, variant), msgspec.structs.replace(cell, trials=[]))
            whole.trials += [msgspec.structs.replace(trial, round=number) for trial in cell.trials]
    for cell in cells.values():
        verdicts.summarise(cell)
    return cells


def judge(cells: dict[tuple[str, str], Cell]) -> list[Finding]:
    """Each variant against its model as it is; a family is one variant in one metric."""
    return [
        finding
        for metric in METRICS
        for variant in WANTED
        for finding in judge_family({m: c for (m, v), c in cells.items() if v == variant}, cells, variant, metric)
    ]


def judge_family(
    family: dict[str, Cell], cells: dict[tuple[str, str], Cell], variant: str, metric: str
) -> list[Finding]:
    """The family's verdicts, corrected over it."""
    pairs = {
        model: ratios
        for model, cell in family.items()
        if not not_comparable(cell, cells[model, PLAIN])
        and (ratios := comparing.ratios_of(cell, cells[model, PLAIN], metric))
    }
    p_values = estimates.holm([estimates.p_value(ratios) for ratios in pairs.values()]) if pairs else []
    return [
        Finding(
            model,
            variant,
            metric,
            estimates.ratio(ratios, [1.0] * len(ratios)),
            estimates.verdict_of_ratio(ratios, p_value, family=len(pairs), higher_is_better=metric == "rate"),
        )
        for (model, ratios), p_value in zip(pairs.items(), p_values, strict=True)
    ]


# Showing


def show(found: list[Finding]) -> bool:
    """A table for each metric, and a line for each family; whether the rate's are as wanted."""
    console = Console(highlight=False)
    is_wanted = True
    for metric in METRICS:
        console.print(table([each for each in found if each.metric == metric], metric))
        for variant in WANTED:
            said, is_so = count([each for each in found if (each.metric, each.variant) == (metric, variant)], variant)
            console.print(said)
            is_wanted &= is_so or metric != "rate"
    return is_wanted


def table(found: list[Finding], metric: str) -> Table:
    """A row for each model, a column for each variant."""
    shown = Table(metric, *WANTED, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    by = {(each.model, each.variant): f"{interval(each.ratio)} {each.verdict}" for each in found}
    for row in catalog.MODELS:
        if any(model == row.id for model, _ in by):
            shown.add_row(row.id, *(by.get((row.id, variant), "") for variant in WANTED))
    return shown


def count(family: list[Finding], variant: str) -> tuple[str, bool]:
    """How many verdicts of the kind that counts there are, in words; whether it is as wanted, in proportion to 20."""
    kinds, fewest, most = WANTED[variant]
    seen = sum(each.verdict in kinds for each in family)
    low, high = math.floor(fewest * len(family) / 20), math.ceil(most * len(family) / 20)
    is_so = bool(family) and low <= seen <= high
    wanted = f"at least {low}" if fewest else f"at most {high}"
    return f"{variant}: {seen} of {len(family)} {' or '.join(kinds)} ({wanted}): {'yes' if is_so else 'NO'}", is_so


if __name__ == "__main__":
    sys.exit(main())
