"""Runs against runs: whether they may be compared, and which cells of two are the same. Tier 1; pure.

What is said of a cell that both have stands in `moves.py`, in what else the two
runs differ in `differences.py`.
"""

from collections.abc import Iterable

import msgspec

from concur import catalog
from concur.bench import noise
from concur.bench.compare import differences
from concur.bench.compare.conditions import Ratio
from concur.bench.compare.differences import Difference
from concur.bench.compare.moves import Move, Pair, judged
from concur.bench.comparing import metrics_of, reference_cell
from concur.bench.plan import DEFAULT_REFERENCE
from concur.bench.results import Cell, Estimate, Run
from concur.bench.usable import NO_COMPARISON
from concur.errors import UsageError

Key = tuple[str, ...]


class Across(msgspec.Struct, kw_only=True):
    """A run against the reference run; reference and new are what the two are called."""

    reference: str
    new: str
    moves: list[Move]
    environment: list[Difference] = []
    other_machine: list[Difference] = []  # then nothing is claimed
    only_reference: list[str] = []  # cells that the other run does not have
    only_new: list[str] = []
    incomplete: list[str] = []  # what the runs are called that were interrupted


def compare(reference: Run, new: Run, *, names: tuple[str, str] = ("", ""), anyway: bool = False) -> Across:
    """Every cell that both runs have, new over reference; all of them are one family of Holm's.

    Raises UsageError for a run against itself, one without a trial, two that
    share no cell, and (but for anyway) runs of two machines.
    """
    called = (names[0] or reference.id, names[1] or new.id)
    _refuse(reference, new, called)
    apart = differences.other_machine(reference, new)
    if apart and not anyway:
        raise _of_machines(apart, called)
    matched = _matched(reference, new)
    if not matched:
        raise UsageError(f"{called[0]} and {called[1]} have no cell in common", do=_what_there_is(reference, new))
    return Across(
        reference=called[0],
        new=called[1],
        moves=judged(_pairs(reference, new, matched, "another machine" if apart else "")),
        environment=differences.environment(reference, new, matched),
        other_machine=apart,
        only_reference=_only(reference, new),
        only_new=_only(new, reference),
        incomplete=[name for name, run in zip(called, (reference, new), strict=True) if not run.complete],
    )


def against(reference: Run, new: Run) -> Ratio:
    """What `ref` means in a condition on the new run: the same cell of the reference run."""
    known = {id(after): before for before, after in _matched(reference, new)}
    apart = "it is from another machine" if differences.other_machine(reference, new) else ""

    def ratio(cell: Cell, metric: str) -> Estimate | str:
        if id(cell) not in known:
            return "the reference run does not have it"
        before = known[id(cell)]
        pair = Pair(before=before, after=cell, metric=metric)
        reason = apart or differences.other_load(reference, new, before, cell) or _broken(before, cell)
        return reason or pair.without_ratio() or pair.ratio()

    return ratio


# Whether they may be compared


def _refuse(reference: Run, new: Run, names: tuple[str, str]) -> None:
    if reference.id == new.id:
        raise UsageError(f"{names[0]} and {names[1]} are one and the same run", do="Name two runs.")
    for name, run in zip(names, (reference, new), strict=True):
        if not _measured(run):
            raise UsageError(f"{name} holds no trial", why="the run ended before its first one", do="Measure again.")


def _of_machines(apart: Iterable[Difference], names: tuple[str, str]) -> UsageError:
    return UsageError(
        f"{names[0]} and {names[1]} are from different machines",
        why="; ".join(f"{each.what} {each.reference or 'unknown'} and {each.new or 'unknown'}" for each in apart),
        do="Measure both on one machine; --anyway shows the figures side by side, and claims nothing.",
    )


def _what_there_is(reference: Run, new: Run) -> str:
    """In what two runs without a common cell differ first."""
    for what, names in (("scenarios", "scenario"), ("interpreters", "interpreter"), ("targets", "label")):
        each = [list(dict.fromkeys(getattr(cell, names) for cell in _measured(run))) for run in (reference, new)]
        if not set(each[0]) & set(each[1]):
            told = " and ".join(", ".join(some) for some in each)
            return f"Their {what} differ ({told}): measure both in one `concur bench`."
    return "No target was measured under the same scenario, on the same interpreter, in both."


# Which cells


def _measured(run: Run) -> list[Cell]:
    return [cell for cell in run.cells if cell.trials]


def _key(cell: Cell) -> Key:
    """What makes a cell of another run the same cell."""
    connections = "" if cell.connections is None else str(cell.connections)
    settings = sorted(f"{name}={value}" for name, value in cell.env.items())
    return (cell.scenario, cell.label, cell.interpreter, cell.topology, connections, *settings)


def _matched(reference: Run, new: Run) -> list[tuple[Cell, Cell]]:
    """The cells that were measured in both, in the new run's order."""
    known = {_key(cell): cell for cell in _measured(reference)}
    return [(known[_key(cell)], cell) for cell in _measured(new) if _key(cell) in known]


def _only(run: Run, other: Run) -> list[str]:
    there = {_key(cell) for cell in _measured(other)}
    return [_name(cell) for cell in _measured(run) if _key(cell) not in there]


def _name(cell: Cell) -> str:
    return f"{cell.scenario}/{cell.label}" + (f"@{cell.interpreter}" if cell.interpreter else "")


# Which pairs


def _pairs(reference: Run, new: Run, matched: list[tuple[Cell, Cell]], apart: str) -> list[Pair]:
    found = []
    for before, after in matched:
        reason = apart or differences.other_load(reference, new, before, after) or _broken(before, after)
        for metric in metrics_of(after):
            floor = _floor((reference, new), after.scenario, metric)
            found.append(Pair(before=before, after=after, metric=metric, reason=reason, floor=floor))
    for pair in found:
        pair.control = _control(reference, found, pair)
    return found


def _broken(before: Cell, after: Cell) -> str:
    for cell, when in ((before, "was"), (after, "is now")):
        if cell.verdict in NO_COMPARISON:
            return f"it {when} {cell.verdict}" + (f": {cell.reason}" if cell.reason else "")
    return ""


def _floor(runs: tuple[Run, Run], scenario: str, metric: str) -> float:
    """By how much the same server differed from itself in either run."""
    known = [one for run in runs for one in run.noise if (one.scenario, one.metric) == (scenario, metric)]
    return max([1.0, *map(noise.reach, known)])


def _control(reference: Run, pairs: list[Pair], pair: Pair) -> tuple[Cell, Cell] | None:
    """The reference run's reference, where it is a model of the catalogue and comparable in both runs."""
    named = reference.plan.get("reference", DEFAULT_REFERENCE)
    family = [one for one in pairs if one.before.scenario == pair.before.scenario and one.metric == pair.metric]
    cell = reference_cell([one.before for one in family if not (one.reason or one.without_ratio())], named)
    if cell is None or all(row.id != cell.model for row in catalog.MODELS):
        return None
    return next((one.before, one.after) for one in family if one.before is cell)
