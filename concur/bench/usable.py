"""Which trials and cells have figures, and which of these may be compared. Tier 1; pure rules over results."""

from concur.bench.results import Cell, Trial
from concur.load.plan import LoadResult

BROKEN = ("wrong", "failed")  # the target's own fault
NO_FIGURES = ("wrong", "void", "absent")  # a round whose rate is not what it says
NO_COMPARISON = ("wrong", "failed", "absent", "void", "engine-bound")
EDGE = 3  # messages that a window may lack since they were in flight at its end


def measured(cell: Cell) -> list[Trial]:
    """The trials whose window holds verified replies, no wrong one, and the load that was meant."""
    return [trial for trial in cell.trials if trial.load and trial.load.verified and trial.verdict not in NO_FIGURES]


def not_comparable(cell: Cell, against: Cell) -> str:
    """Why a ratio of the two would compare two different things; empty if it would not."""
    for each in (cell, against):
        if each.connections is not None and cell.connections != against.connections:
            return f"{each.label} ran with {each.connections} at a time, as it serves no more connections"
    if cell.topology != against.topology:
        return f"its topology is {cell.topology}, the reference's {against.topology}"
    for each in (cell, against):
        if each.verdict in NO_COMPARISON:
            return f"{each.label} is {each.verdict}"
    return ""


def answered_share(load: LoadResult) -> float:
    """The share of what was due in a window that was answered in it; 1.0 of a closed loop."""
    due = (load.offered_per_s or 0.0) * load.window_ns / 1e9
    return min(1.0, (load.verified + EDGE) / due) if due else 1.0
