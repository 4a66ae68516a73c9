"""What explains the rates of a run: page faults, switches, who was the limit. Rules from a run to its sentences.

The riddle of the page faults was measured on CPython 3.11 with glibc: one
asyncio server answers 36,000 or 160,000 req/s by what its heap looks like.
"""

import shlex
from collections.abc import Iterator
from itertools import pairwise

from concur import catalog
from concur.bench.results import Cell, Run, Trial
from concur.report import cells, figures, phrases
from concur.report.commands import again

FEW_FAULTS = 0.1
MUCH_QUEUEING = 0.05  # seconds a second
MANY_SWITCHES = 0.5  # a request
REMEDY = "MALLOC_TOP_PAD_=16777216"
SPELL = "MALLOC_MMAP_THRESHOLD_=131072"  # glibc's own initial bound, but held there: it no longer learns


def page_faults(run: Run) -> Iterator[str]:
    """The riddle of the slow asyncio server: each request pays the kernel for the memory it handed back before."""
    for cell in faulting(run):
        faults = cell.counters["minor_faults"]
        told = f"{phrases.title(cell, run)} took {figures.per_request(faults)} page faults a request"
        if REMEDY in (f"{name}={value}" for name, value in cell.env.items()):
            yield f"{told} even with {REMEDY}: the heap's top is not where its memory comes and goes."
        elif "asyncio" in cell.model:
            yield (
                f"{told}: asyncio allocates a 256 KiB buffer for each read, and glibc hands that memory back to the "
                f"kernel each time, so the next read pays for it again ({_system_share(cell)}). "
                f"--env {REMEDY} keeps it."
            )
        else:
            yield (
                f"{told}: memory goes back to the kernel after each and is asked for again ({_system_share(cell)}). "
                f"See whether the allocator does it: {with_remedy(run, cell)}"
            )


def buffers_kept(run: Run) -> Iterator[str]:
    """The riddle's other state, which is luck: glibc's bound for handing back moves with what was freed before."""
    for cell in cells.capacity_cells(run):
        faults = cell.counters.get("minor_faults")
        if cell.model != "asyncio_protocol" or cell.env or faults is None or faults >= FEW_FAULTS:
            continue
        if cell.observed.get("implementation") == "CPython" and not cell.observed.get("free_threaded_build"):
            yield (
                f"{phrases.title(cell, run)} took {figures.per_request(faults)} page faults a request: its heap "
                f"happens to keep asyncio's 256 KiB read buffer. Where it does not, the same server takes 2 and falls "
                f"to a third or less: {again(run.command, '-m', cell.model)} --env {SPELL}"
            )


def calmed(run: Run) -> Iterator[str]:
    """The same server with and without the remedy, where the run has both."""
    for cell in cells.capacity_cells(run):
        plain = next((one for one in cells.capacity_cells(run) if _is_plain_twin(one, cell)), None)
        if plain is None or "minor_faults" not in plain.counters or "minor_faults" not in cell.counters:
            continue
        before, after = (figures.per_request(one.counters["minor_faults"]) for one in (plain, cell))
        gain = figures.ratio(cells.rate(cell) / cells.rate(plain))
        faults = f", and from {before} to {after} page faults a request" if before != after else ""
        yield (
            f"With {_env(cell)}, {cells.name(plain, run)} goes from {phrases.rate(plain)} to {phrases.rate(cell)} "
            f"({gain}){faults}."
        )


def switches(run: Run) -> Iterator[str]:
    """Who gave up the CPU, and whether of its own will; where nobody did, there is nothing to say."""
    for cell in cells.capacity_cells(run):
        own = cell.counters.get("voluntary_switches", 0.0)
        forced = cell.counters.get("involuntary_switches", 0.0)
        if own + forced < MANY_SWITCHES or cell.connections == 1 or cell.explanation:
            continue
        yield (
            f"{phrases.title(cell, run)} gave up the CPU {figures.per_request(own)} times a request of its own will, "
            f"and lost it {figures.per_request(forced)} times{_why_switches(cell)}."
        )


def server_bound(run: Run) -> Iterator[str]:
    """Whether a rate is the server's capacity: only where the server had no time left."""
    measured = [cell for cell in cells.capacity_cells(run) if cell.server_busy is not None]
    asleep = [cell for cell in measured if (cell.server_busy or 0) < cells.SERVER_BOUND]
    bound = len(measured) - len(asleep)
    if bound and not asleep:
        least = figures.share(cells.SERVER_BOUND)
        yield f"All {bound} servers were busy at least {least} of their time: the rates are their capacity."
    asleep = [cell for cell in asleep if cell.verdict != "engine-bound" and not cell.explanation]
    unexplained = [cell for cell in asleep if not _why_idle(cell)]
    for cell in asleep:
        if cell not in unexplained or len(unexplained) == 1:
            told = f"{phrases.title(cell, run)} was busy {figures.share(cell.server_busy or 0)} of its time"
            yield f"{told}, so {phrases.rate(cell)} is not its capacity{_why_idle(cell)}."
    if len(unexplained) > 1:
        shares = (f"{cells.name(cell, run)} {figures.share(cell.server_busy or 0)}" for cell in unexplained)
        least = figures.share(cells.SERVER_BOUND)
        yield f"Busy less than {least} of their time, and so with capacity to spare: {', '.join(shares)}."


def dose_units(run: Run) -> Iterator[str]:
    """How long the dose's computing takes on each interpreter: the computation is fixed, never its time."""
    units: dict[str, float] = {}
    for cell in cells.usable(run.cells):
        if "dose_unit_ns" in cell.observed:
            units.setdefault(cell.interpreter, cell.observed["dose_unit_ns"])
    if units:
        told = ", ".join(f"{figures.time(unit_ns)} on {name}" for name, unit_ns in units.items())
        yield f"One unit of the dose's computing took {told}."


def engine_bound(run: Run) -> Iterator[str]:
    """Where the engine was the limit, the rate says nothing of the server."""
    for cell in cells.capacity_cells(run):
        if cell.verdict == "engine-bound":
            busy = "" if cell.engine_busy is None else f", busy {figures.share(cell.engine_busy)},"
            yield (
                f"{phrases.title(cell, run)}: the engine{busy} was the limit, the server could do more than "
                f"{phrases.rate(cell)}; compare the CPU per request instead."
            )


def bimodal(run: Run) -> Iterator[str]:
    """Two states, shown as two: their median would describe neither."""
    for cell in cells.usable(run.cells):
        if cell.verdict == "bimodal":
            slow, fast = two_states(cell.trials)
            yield (
                f"{phrases.title(cell, run)} has two states, which no median describes: "
                f"{_state(slow)} and {_state(fast)}.{_blame_on_faults(slow, fast)}"
            )


def faulting(run: Run) -> list[Cell]:
    """Cells that take a page fault or more for each request at capacity."""
    return [cell for cell in cells.capacity_cells(run) if cell.counters.get("minor_faults", 0.0) >= cells.MANY_FAULTS]


def two_states(trials: list[Trial]) -> tuple[list[Trial], list[Trial]]:
    """The trials that have figures, divided at the widest gap between their rates: slow ones, fast ones."""
    ordered = sorted((trial for trial in trials if trial.load is not None), key=_trial_rate)
    if len(ordered) < 2:
        return ordered, []
    gaps = [_trial_rate(after) / max(_trial_rate(before), 1e-9) for before, after in pairwise(ordered)]
    cut = gaps.index(max(gaps)) + 1
    return ordered[:cut], ordered[cut:]


def _trial_rate(trial: Trial) -> float:
    return trial.load.rate_per_s if trial.load else 0.0


def _state(trials: list[Trial]) -> str:
    rates = [_trial_rate(trial) for trial in trials]
    faults = _faults(trials)
    of_faults = "" if faults is None else f", {figures.per_request(faults)} page faults a request"
    return f"{figures.count(sum(rates) / max(len(rates), 1))} req/s in {len(trials)} of its rounds{of_faults}"


def _faults(trials: list[Trial]) -> float | None:
    """Page faults a request over these trials; None where nobody counted."""
    known = [
        (trial.counters.minor_faults, trial.counted_requests)
        for trial in trials
        if trial.counters and trial.counters.minor_faults is not None
    ]
    requests = sum(verified for _, verified in known)
    return sum(faults for faults, _ in known) / requests if requests else None


def _blame_on_faults(slow: list[Trial], fast: list[Trial]) -> str:
    of_slow, of_fast = _faults(slow), _faults(fast)
    if of_slow is None or of_fast is None or of_slow - of_fast < cells.MANY_FAULTS:
        return ""
    return f" What differs is memory handed back to the kernel; {REMEDY} keeps it."


def _why_idle(cell: Cell) -> str:
    if cell.connections == 1:
        return ": with 1 connection it waits for the engine between messages"
    queued = cell.counters.get("run_delay_ns", 0.0) * cells.rate(cell) / 1e9
    if not MUCH_QUEUEING <= queued <= 1:  # more than 1 is threads that stand in each other's way
        return ""
    return f": its threads stood in the run queue for {queued:.2f} s of each second, their CPU being in use"


def _why_switches(cell: Cell) -> str:
    if not cell.model.startswith("thread"):
        return ""
    until = ": a thread sleeps until its connection has a message"
    has_gil = cell.observed.get("gil", True)  # what it said of itself after its imports
    return f"{until}, and again until it may have the GIL" if has_gil else until


def _is_plain_twin(one: Cell, cell: Cell) -> bool:
    same = (one.model, one.interpreter, one.topology, one.scenario)
    return not one.env and bool(cell.env) and same == (cell.model, cell.interpreter, cell.topology, cell.scenario)


def with_remedy(run: Run, cell: Cell) -> str:
    """The run's command for this cell's model, beside a variant that keeps its memory."""
    known = any(row.id == cell.model for row in catalog.MODELS)
    command = again(run.command, "-m", cell.model) if known else shlex.join(["concur", *run.command[1:]])
    return f"{command} --env {REMEDY}"


def _system_share(cell: Cell) -> str:
    cpu = cell.server_cpu_ns_per_request
    if cpu is None:
        return "CPU per request not known"
    return f"{figures.time(cpu.system.median)} of its {figures.time(cpu.total.median)} CPU a request are the kernel's"


def _env(cell: Cell) -> str:
    return " ".join(f"{name}={value}" for name, value in cell.env.items())
