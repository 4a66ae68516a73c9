"""What a measuring of memory says, sentence by sentence, the claim's verdict first of all. Pure, but for `show`."""

from collections.abc import Iterator

from rich.console import Console

from concur.bench.memory.claim import FEWEST_ROUNDS
from concur.bench.memory.reading import RSS
from concur.bench.memory.records import Memory, MemoryClaim, MemoryRow
from concur.bench.results import Run
from concur.report import figures
from concur.report.bullets import bullet
from concur.report.commands import again
from concur.report.memory_table import ALL, grid, measured, median, name, size, span, with_kernel
from concur.report.table import fit

CLAIM = "«a thread costs 50 KB, a coroutine 3 KB» (500 Lines or Less, 2015)"
MANY = 100_000  # connections, as people plan them


def sentences(run: Run) -> list[str]:
    """All that can be said, and the next command; nothing of a run that measured something else."""
    memory = run.memory
    if memory is None:
        return []
    return [*findings(memory), f"Next: {_next(run, memory)}"]


def findings(memory: Memory) -> list[str]:
    """The same without what to try next."""
    return [said for rule in (ranking, claims, kernel_part, threads_apart, crooked, sources) for said in rule(memory)]


def ranking(memory: Memory) -> Iterator[str]:
    """Who needs least and most, and what that comes to."""
    rows = measured(memory)
    if len(rows) < 2:
        yield from (f"A connection costs {name(row, memory)} {_told(row)}." for row in rows)
        return
    first, last = rows[0], rows[-1]
    times = f", {figures.count(median(last) / median(first))} times as much" if median(first) > 0 else ""
    yield (
        f"An idle connection costs {name(first, memory)} least, {_told(first)}, and {name(last, memory)} most, "
        f"{_told(last)}{times}; {MANY:,} of them would be {size(MANY * median(first))} and {size(MANY * median(last))}."
    )


def _told(row: MemoryRow) -> str:
    ends = span(row.bytes_per_connection)
    return f"{size(median(row))} ({ends})" if ends else size(median(row))


def claims(memory: Memory) -> Iterator[str]:
    """What became of the claim, part by part."""
    for index, one in enumerate(memory.claims):
        whose = f"The claim {CLAIM}" if index == 0 else "The same claim"
        yield f"{whose}, of the {one.about}: {_verdict(one)}."


def _verdict(one: MemoryClaim) -> str:
    found = f"{_from(one)} here"
    if one.high_with_kernel_bytes > 1.05 * one.high_bytes:
        found += f", up to {size(one.high_with_kernel_bytes)} with its stack and page tables, which the kernel holds"
    match one.verdict:
        case "described":
            return f"{found}; a verdict takes {FEWEST_ROUNDS} rounds"
        case "depends":
            return f"depends on {' and on '.join(one.depends_on)}: {found}"
    return f"{one.verdict}: {found}"


def _from(one: MemoryClaim) -> str:
    """From whose figure to whose."""
    if one.lowest == one.highest:
        ends = size(one.low_bytes), size(one.high_bytes)
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    return f"{size(one.low_bytes)} ({one.lowest}) to {size(one.high_bytes)} ({one.highest})"


def kernel_part(memory: Memory) -> Iterator[str]:
    """What no process's own figure shows."""
    rows = [row for row in measured(memory) if row.kernel_bytes_per_connection.get(ALL)]
    if not rows:
        return
    least, most = (pick(rows, key=_kernel_bytes) for pick in (min, max))
    whose = "both ends of a connection" if _is_of_machine(memory) else "its end of a connection"
    ends = [f"{size(_kernel_bytes(row))} ({name(row, memory)})" for row in (least, most)]
    yield (
        f"The kernel holds {' to '.join(dict.fromkeys(ends))} for {whose}, which no process's figure contains: the "
        "socket, and of a thread its stack and page tables."
    )


def _kernel_bytes(row: MemoryRow) -> float:
    return row.kernel_bytes_per_connection[ALL].median


def _is_of_machine(memory: Memory) -> bool:
    return any(trial.kernel_source == "machine" for row in memory.rows for trial in row.trials)


def threads_apart(memory: Memory) -> Iterator[str]:
    """How many times as much a connection's thread costs as its coroutine, on the same interpreter."""
    for interpreter in dict.fromkeys(row.interpreter for row in memory.rows):
        here = {row.model: row for row in measured(memory) if row.interpreter == interpreter and not row.env}
        if {"threads", "coroutines"} <= set(here) and median(here["coroutines"]) > 0:
            thread, coroutine = here["threads"], here["coroutines"]
            told = f"{median(thread) / median(coroutine):.0f} times as much memory as a coroutine of our kernel"
            both = with_kernel(thread), with_kernel(coroutine)
            if both[0] and both[1]:
                told += f", and {both[0] / both[1]:.1f} times with what the kernel holds"
            yield f"{f'On {interpreter}, a' if interpreter else 'A'} connection with a thread takes {told}."


def crooked(memory: Memory) -> Iterator[str]:
    """Rows whose slope is no constant."""
    names = [name(row, memory) for row in measured(memory) if row.verdict == "not linear"]
    if names:
        yield f"Memory does not grow in a line with connections for {', '.join(names)}: the figure is a mean."


def sources(memory: Memory) -> Iterator[str]:
    """What was read, where it is not the best there is."""
    trials = [trial for row in memory.rows for trial in row.trials if trial.points]
    if any(trial.source == RSS for trial in trials):
        yield "Memory is the resident set (RSS) here: pages that processes share count once for each of them."
    if _is_of_machine(memory):
        yield "The kernel's part is the whole machine's, as no memory cgroup could be made: whatever else ran is in it."
    if trials and not any(trial.kernel_source for trial in trials):
        yield "This system does not tell what its kernel holds."
    if trials and memory.rounds < FEWEST_ROUNDS:
        rounds = figures.counted(memory.rounds, "round")
        yield f"{rounds} describe{'s' * (memory.rounds == 1)}; intervals hold what they promise from {FEWEST_ROUNDS}."


def _next(run: Run, memory: Memory) -> str:
    if memory.rounds < FEWEST_ROUNDS:
        return again([word for word in run.command if word != "--quick"], "-r", str(FEWEST_ROUNDS))
    if len({row.interpreter for row in memory.rows}) < 2:
        return again(run.command, "-i", "all")
    return "concur report"


def show(run: Run, console: Console) -> None:
    """The table, its notes and the sentences."""
    if run.memory is None:
        return
    shown = grid(run.memory)
    if shown.verdicts:
        console.print(fit(shown, console))
    for note in shown.notes:
        bullet(console, note, "·", "dim")
    console.print()
    for warning in run.warnings:
        bullet(console, warning, "!", "yellow")
    for sentence in sentences(run):
        bullet(console, sentence)
