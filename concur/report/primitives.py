"""What primitives cost, as one table for all interpreters, and in a few sentences. Pure, but for `show`."""

from collections.abc import Iterator
from string import ascii_lowercase

from rich.console import Console

from concur.bench.primitives import Column, Primitive, Primitives
from concur.report import figures, heatmap
from concur.report.bullets import bullet
from concur.report.matrix import BROKEN, DIM, RESTLESS, Entry, Matrix

# From the smallest step to what the system does for all of them; another group comes behind.
GROUPS = (
    "switch",
    "spawn",
    "wake-up, there and back",
    "queue, an item",
    "lock and unlock",
    "timer, made and cancelled",
    "sleep(0)",
    "system",
)
MUCH_SPREAD = 0.2  # of the median, between the quartiles
TITLE = "What one costs: the median of rounds"
CALL, GENERATOR = "function call", "generator send and yield"
TASK, THREAD = "asyncio task switch", "thread hand over and back"
NO_CALL_NS = 4.0  # a call that is made takes longer, on today's machines
Key = tuple[str, str]  # a primitive's group and name


class Board:
    """The primitives of all interpreters that have some: by place, in order, with letters for those without figures."""

    def __init__(self, found: Primitives) -> None:
        self.columns = [column for column in found.columns if column.verdict == "ok"]
        self.at = {(one.group, one.name, index): one for index, c in enumerate(self.columns) for one in c.primitives}
        self.letters: dict[str, str] = {}
        for one in self.at.values():
            if one.median_ns is None and _reason(one) not in self.letters:
                again, letter = divmod(len(self.letters), len(ascii_lowercase))
                self.letters[_reason(one)] = ascii_lowercase[letter] * (again + 1)

    def keys(self) -> dict[str, list[Key]]:
        """The rows of each group: groups in their order, in each the cheapest first."""
        groups: dict[str, list[Key]] = {}
        for group, name in sorted(dict.fromkeys((group, name) for group, name, _ in self.at), key=self._cost):
            groups.setdefault(group, []).append((group, name))
        known = [group for group in GROUPS if group in groups]
        return {group: groups[group] for group in (*known, *(group for group in groups if group not in known))}

    def _cost(self, key: Key) -> float:
        """By the first interpreter that has it."""
        costs = (one.median_ns for one in self.row(key) if one)
        return next((cost for cost in costs if cost is not None), float("inf"))

    def row(self, key: Key) -> list[Primitive | None]:
        """A primitive on each interpreter; None where nothing is known of it."""
        return [self.at.get((*key, index)) for index in range(len(self.columns))]

    def entry(self, one: Primitive | None) -> Entry:
        """Its figure, or the letter of the reason why there is none."""
        if one is None:
            return Entry("")
        if one.median_ns is None:
            return Entry(self.letters[_reason(one)], DIM if one.verdict == "absent" else BROKEN)
        return Entry(f"{RESTLESS if is_restless(one) else ''}{figures.time(one.median_ns)}")


def matrix(found: Primitives) -> Matrix:
    """All primitives by group, interpreters side by side."""
    board = Board(found)
    names, entries = [], []
    for group, keys in board.keys().items():
        names.append(group)
        entries.append([Entry("")] * len(board.columns))
        for key in keys:
            names.append(f"  {key[1]}")
            entries.append([board.entry(one) for one in board.row(key)])
    heads = [column.interpreter for column in board.columns]
    return Matrix(TITLE, names, heads, entries, notes=tuple(_notes(board, found)))


def is_restless(one: Primitive) -> bool:
    """Whether its rounds differ so much that the median says little."""
    if one.median_ns is None or one.quartiles_ns is None:
        return False
    low, high = one.quartiles_ns
    return high - low > MUCH_SPREAD * one.median_ns


def _reason(one: Primitive) -> str:
    return one.reason if one.verdict == "absent" else f"{one.verdict}: {one.reason}"


def _notes(board: Board, found: Primitives) -> Iterator[str]:
    yield from (f"{letter}: {reason}" for reason, letter in board.letters.items())
    if any(is_restless(one) for one in board.at.values()):
        yield f"{RESTLESS} the middle half of its rounds spreads over more than {figures.share(MUCH_SPREAD)}"
    for column in found.columns:
        if column.verdict != "ok":
            yield f"{column.interpreter}: {column.reason}"


def sentences(found: Primitives) -> list[str]:
    """What a switch costs by who is switched to: a sentence for each interpreter that has all three figures."""
    told = []
    for column in found.columns:
        costs = _switches(column)
        if all(costs.get(name) for name in (THREAD, TASK, GENERATOR)):
            told.append(
                f"On {column.interpreter}, handing over to a thread and back takes {figures.time(costs[THREAD])}: as "
                f"long as {figures.count(costs[THREAD] / costs[TASK])} switches of asyncio tasks, or "
                f"{figures.count(costs[THREAD] / costs[GENERATOR])} sends to a generator."
            )
        if costs.get(CALL, NO_CALL_NS) < NO_CALL_NS:
            told.append(
                f"On {column.interpreter} a function call takes {costs[CALL]:.1f} ns: the JIT put the function's body "
                f"in its place, and nothing is called. So it may be with other steps that do nothing."
            )
    return told


def _switches(column: Column) -> dict[str, float]:
    return {one.name: one.median_ns for one in column.primitives if one.group == GROUPS[0] and one.median_ns}


def show(found: Primitives, console: Console) -> None:
    """The table in as many blocks as the console asks for, the notes, the sentences."""
    drawn = matrix(found)
    for block in heatmap.blocks(drawn, console) if drawn.heads else ():
        console.print(block)
        console.print()
    for note in drawn.notes:
        console.print(note, style=DIM)
    for sentence in sentences(found):
        bullet(console, sentence)
