"""A comparison of runs as tables and sentences. Pure functions from `Across` to a Grid and to words.

No more is claimed than the verdicts bear: below ten rounds it describes. What is
said of conditions stands in `judged.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from concur.bench.compare.across import Across
from concur.bench.compare.differences import Difference
from concur.bench.compare.moves import Move
from concur.bench.results import Estimate, Run
from concur.report import cells, figures
from concur.report.columns import Column, Grid, folded
from concur.report.commands import again
from concur.report.words import ROUNDS_SUGGESTED

HEADS = {"rate": "req/s", "p99": "p99 ms", "cpu": "CPU µs/req"}
WORDING = {"rate": figures.count, "p99": figures.milliseconds, "cpu": figures.microseconds}
ORDER = ("slower", "faster", "no difference found")
NOT_SAID = "unknown"
FEW_NAMED = 6


def tables(across: Across) -> list[Grid]:
    """One table for each scenario and metric: the figures of both runs, their ratio, the verdict.

    A scenario of which no cell has a ratio has the reasons alone, and no row.
    """
    found = []
    for scenario in dict.fromkeys(move.scenario for move in across.moves):
        moves = [move for move in across.moves if move.scenario == scenario]
        if not any(move.ratio for move in moves):
            found.append(Grid(scenario, [], [], _reasons(moves)))
            continue
        for metric in dict.fromkeys(move.metric for move in moves):
            found.append(_table(across, scenario, metric, [move for move in moves if move.metric == metric]))
    return found


def _table(across: Across, scenario: str, metric: str, moves: Sequence[Move]) -> Grid:
    several = len({move.interpreter for move in across.moves}) > 1
    names = [folded(f"{move.label} {move.interpreter}" if several else move.label) for move in moves]
    control = next((move.label for move in moves if move.is_control), "")

    def both(move: Move) -> list[str]:
        return [WORDING[metric](each.median) if each else "" for each in (move.reference, move.new)]

    relative = ["1" if move.is_control else _ratio(move.against_control) for move in moves]
    if len(moves) == 1:
        relative = [""]
    columns = [
        Column("cell", names, 0, is_text=True),
        Column("reference", [both(move)[0] for move in moves], 2),
        Column("new", [both(move)[1] for move in moves], 2),
        Column("ratio", [_ratio(move.ratio) for move in moves], 0),
        Column("low–high", [_interval(move.ratio) for move in moves], 1),
        Column(f"against\n{control}", relative, 4),
        Column("its\nlow–high", [_interval(move.against_control) for move in moves], 5),
        Column("rounds", ["/".join(map(str, dict.fromkeys(move.rounds))) for move in moves], 6),
        Column("verdict", [move.verdict for move in moves], 0, is_text=True),
    ]
    shown = [column for column in columns if any(column.values)]
    return Grid(f"{scenario}: {HEADS[metric]}", shown, [_style(move) for move in moves], _reasons(moves))


def _style(move: Move) -> str:
    """Which of a table's row styles: red for what got worse, dim for what cannot be compared."""
    return {"slower": "wrong", "not comparable": "absent"}.get(move.verdict, "ok")


def _reasons(moves: Sequence[Move]) -> list[str]:
    said: dict[str, list[str]] = {}
    for move in moves:
        if move.reason:
            said.setdefault(f"{move.verdict}: {move.reason}", []).append(move.label)
    return [f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in said.items()]


def _ratio(estimate: Estimate | None) -> str:
    return figures.ratio(estimate.median) if estimate else ""


def _interval(estimate: Estimate | None) -> str:
    return "–".join(map(figures.digits, estimate.interval)) if estimate and estimate.interval else ""


def environment(across: Across) -> Grid | None:
    """What differs besides the cells; None where nothing does. Warnings are sentences, and stand in `warnings`."""
    differing = [each for each in (*across.other_machine, *across.environment) if each.what != "warning"]
    if not differing:
        return None
    columns = [
        Column("differs", [each.what for each in differing], 0, is_text=True),
        Column("reference", [_told(each.reference, each.new) for each in differing], 0, is_text=True),
        Column("new", [_told(each.new, each.reference) for each in differing], 0, is_text=True),
    ]
    return Grid("environment", columns, ["ok"] * len(differing), [])


def _told(text: str, other: str) -> str:
    """A value; of two long lists of flags, what only this one has."""
    if len(text) + len(other) > 60 and " " in text:
        text = " ".join(word for word in text.split() if word not in other.split()) or "the rest alone"
    return text or NOT_SAID


def warnings(differences: Iterable[Difference]) -> list[str]:
    """What the harness warned of in one of the runs alone."""
    found = [each for each in differences if each.what == "warning"]
    return [
        f"Only {'the reference run' if each.reference else 'the new run'}: {each.reference or each.new}"
        for each in found
    ]


def headline(across: Across) -> str:
    """Both runs by name, and how many cells fared how."""
    verdicts = ["too few rounds" if move.verdict.startswith("needs ") else move.verdict for move in across.moves]
    order = [*ORDER, *sorted(set(verdicts) - set(ORDER))]
    counted = [f"{verdicts.count(one)} {one}" for one in order if one in verdicts]
    return f"{across.new} against {across.reference}: {', '.join(counted)}"


def made(run: Run, name: str) -> str:
    """A run in a few words: its name, when it was made, of how many rounds, by which concur."""
    count = figures.counted(cells.rounds(run), "round")
    return f"{name}: {run.started_at.replace('T', ' ')[:16]}, {count}, concur {run.concur}"


def sentences(across: Across, new: Run) -> list[str]:
    """All that can be said of the comparison, the most important first, the next command last."""
    rules = (_machines, _interrupted, _found, _nothing_found, _controls, _pairing, _alike, _missing)
    said = [sentence for rule in rules for sentence in rule(across)]
    return [*said, *_more_rounds(across, new)]


def _machines(across: Across) -> Iterator[str]:
    if across.other_machine:
        yield "The runs are from different machines: the figures stand side by side, and nothing is claimed."


def _interrupted(across: Across) -> Iterator[str]:
    for name in across.incomplete:
        yield f"{name} was interrupted: what it measured until then is compared."


def _found(across: Across) -> Iterator[str]:
    for verdict in ("slower", "faster"):
        found = [move for move in across.moves if move.verdict == verdict]
        if found:
            told = ", ".join(f"{_called(move)} {_with_interval(move.ratio)}" for move in found[:FEW_NAMED])
            more = f" and {len(found) - FEW_NAMED} more" if len(found) > FEW_NAMED else ""
            yield f"{verdict.capitalize()} than in the reference run: {told}{more}."


def _nothing_found(across: Across) -> Iterator[str]:
    """What no difference means: so large a one may have been missed."""
    found = [move for move in across.moves if move.verdict == "no difference found" and move.ratio]
    if not found:
        return
    of = "any cell" if len(found) == len(across.moves) else figures.counted(len(found), "cell")
    widest = max(found, key=_reach)
    yield (
        f"No difference found in {of}; one of {figures.digits(100 * _reach(widest))} % could hide in the widest "
        f"interval, that of {_called(widest)}."
    )


def _reach(move: Move) -> float:
    low, high = move.ratio.interval if move.ratio and move.ratio.interval else (1.0, 1.0)
    return max(high, 1 / low) - 1


def _controls(across: Across) -> Iterator[str]:
    """The reference itself is in both runs: what it did, the machine did."""
    for move in across.moves:
        low, high = move.ratio.interval if move.ratio and move.ratio.interval else (1.0, 1.0)
        if move.is_control and move.ratio and not low <= 1 <= high and not across.other_machine:
            others = any(one.against_control for one in across.moves if one.scenario == move.scenario)
            rest = f"; the columns «against {move.label}» take that out" if others else ""
            yield f"The control itself moved: {_called(move)} is at {_with_interval(move.ratio)} of what it was{rest}."


def _pairing(across: Across) -> Iterator[str]:
    compared = [move for move in across.moves if move.verdict != "not comparable"]
    if compared and all(move.is_paired for move in compared):
        yield "The runs took turns, so ratios are paired by round."
    elif compared:
        yield (
            "The runs followed one another, so rounds are not paired: what the time between them changed is in the "
            "ratios, and not in the intervals. One run of both, as --env or as two servers, pairs them."
        )


def _alike(across: Across) -> Iterator[str]:
    if not across.environment and not across.other_machine:
        yield "The environments are alike: kernel, versions, build flags, governor and limits are the same."


def _missing(across: Across) -> Iterator[str]:
    for which, names in (("the reference run", across.only_reference), ("the new run", across.only_new)):
        if names:
            more = f" and {len(names) - FEW_NAMED} more" if len(names) > FEW_NAMED else ""
            yield f"Only in {which}, and so not compared: {', '.join(names[:FEW_NAMED])}{more}."


def _more_rounds(across: Across, new: Run) -> Iterator[str]:
    wanted = [int(move.verdict.split()[1]) for move in across.moves if move.verdict.startswith("needs ")]
    is_described = any(move.verdict == "described" for move in across.moves)
    if wanted or is_described:
        rounds = max([ROUNDS_SUGGESTED, *wanted])
        few = "One round describes, and claims nothing" if is_described else "Too few rounds for a verdict"
        yield f"{few}; both runs again with: {again(new.command, '-r', str(rounds))}"


def _called(move: Move) -> str:
    where = f" on {move.interpreter}" if move.interpreter else ""
    return f"{move.label}{where} in {move.scenario} ({HEADS[move.metric].split()[0]})"


def _with_interval(estimate: Estimate | None) -> str:
    interval = _interval(estimate)
    return _ratio(estimate) + (f" ({interval})" if interval else "")


def short_names(paths: Sequence[Path]) -> list[str]:
    """What the runs are called: their files' names, with their folders where two have one name."""
    stems = [path.name for path in paths]
    return [str(path) if stems.count(path.name) > 1 else path.name for path in paths]
