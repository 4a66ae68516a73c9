"""What many cells say together, where a sentence for each would be read by nobody. Rules from a run to its sentences.

For runs of many models, interpreters or topologies: who is best where, which
figures to doubt and why, and what besides the interpreter differs between two
columns. What explains a single rate is in `mechanisms.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from concur.bench.results import Cell, Run
from concur.catalog import COPIES, ONE
from concur.report import cells, figures, phrases

LOPSIDED = 1.5  # times an even share: the busiest worker then bounds the rate of all
MOST_LISTED = 12  # cells of which each is named
FEWEST_EACH = 4  # connections a worker; of fewer, any spread is chance


def best_models(run: Run) -> Iterator[str]:
    """For each interpreter the model that did best, of those that served the connections asked for."""
    for scenario in cells.scenarios(run):
        here = cells.cells_of(run, scenario)
        best = _best_by(here, lambda cell: cell.interpreter)
        if best:
            told = "; ".join(
                f"{label} on {', '.join(f'{cell.interpreter} ({_figure(cell, here)})' for cell in won)}"
                for label, won in _grouped(best, lambda cell: cell.label).items()
            )
            yield f"In {scenario}, the best model of each interpreter: {told}."


def best_interpreters(run: Run) -> Iterator[str]:
    """For each model the interpreter on which it did best."""
    for scenario in cells.scenarios(run):
        here = cells.cells_of(run, scenario)
        best = _best_by(here, lambda cell: cell.label)
        if len(best) > 1:
            ordered = sorted(_grouped(best, lambda cell: cell.interpreter).items(), key=lambda one: -len(one[1]))
            told = "; ".join(f"{name} for {len(won)}{_few(won)}" for name, won in ordered)
            yield f"In {scenario}, the best interpreter of each of {len(best)} models: {told}."


def _few(won: list[Cell]) -> str:
    return f" ({', '.join(cell.label for cell in won)})" if len(won) <= 3 else ""


def _best_by(here: list[Cell], key: Callable[[Cell], str]) -> list[Cell]:
    """The best cell for each key, of keys that have several cells."""
    ranked = [cell for cell in cells.ranked(here) if cell.connections is None and cell.interpreter]
    groups = _grouped(ranked, key)
    return [group[0] for group in groups.values() if len(group) > 1]


def _grouped(chosen: Iterable[Cell], key: Callable[[Cell], str]) -> dict[str, list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    for cell in chosen:
        groups.setdefault(key(cell), []).append(cell)
    return groups


def _figure(cell: Cell, here: list[Cell]) -> str:
    if cells.offered_per_s(here) is not None:
        return f"p99 {phrases.p99(cell)}"
    return f"{figures.thousands(cells.rate(cell))}/s"


def verdicts_counted(run: Run) -> Iterator[str]:
    """How many comparisons came out how: each by itself is in the exports."""
    if cells.rounds(run) < cells.ROUNDS_FOR_A_VERDICT:
        return
    for scenario in cells.scenarios(run):
        compared = [one for one in run.comparisons if one.scenario == scenario and one.metric != "cpu"]
        counts = Counter("needs more rounds" if one.verdict.startswith("needs") else one.verdict for one in compared)
        if counts:
            told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
            reference = cells.reference_name(compared[0], run)
            yield f"In {scenario}, against {reference} over {cells.rounds(run)} rounds: {told}."


# What to doubt


def doubted(run: Run) -> Iterator[str]:
    """Cells whose rate is not the server's capacity, or not one rate, each kind in one sentence."""
    capacity = cells.capacity_cells(run)
    kinds: tuple[tuple[str, Callable[[Cell], bool]], ...] = (
        ("The engine was the limit, so that the server could do more", lambda cell: cell.verdict == "engine-bound"),
        ("Two states, which no median describes", lambda cell: cell.verdict == "bimodal"),
        ("A page fault and more a request, memory going back to the kernel each time", _faults),
        (f"Busy less than {figures.share(cells.SERVER_BOUND)} of the time, with capacity to spare", _is_idle),
    )
    for scenario in dict.fromkeys(cell.scenario for cell in capacity):
        here = [cell for cell in capacity if cell.scenario == scenario]
        for told, is_so in kinds:
            if chosen := [cell for cell in here if is_so(cell)]:
                which = phrases.listed(chosen, run) if len(chosen) <= MOST_LISTED else _how_many(chosen, here)
                yield f"{told}, in {scenario}: {which}."


def _how_many(chosen: list[Cell], here: list[Cell]) -> str:
    return f"all {len(here)}" if len(chosen) == len(here) else f"{len(chosen)} of {len(here)}"


def _faults(cell: Cell) -> bool:
    return cell.counters.get("minor_faults", 0.0) >= cells.MANY_FAULTS


def _is_idle(cell: Cell) -> bool:
    return cell.verdict != "engine-bound" and cell.server_busy is not None and cell.server_busy < cells.SERVER_BOUND


# What else differs between two interpreters


def states(run: Run) -> Iterator[str]:
    """Whose GIL was off and whose JIT was on, as the targets saw it after their imports and at their end."""
    shown = [cell for cell in cells.usable(run.cells) if cell.interpreter and "gil" in cell.observed]
    without_gil = _names(cell for cell in shown if not cell.observed["gil"])
    with_jit = _names(cell for cell in shown if cell.observed.get("jit"))
    if len(cells.interpreters(run)) < 2 or not without_gil + with_jit:
        return
    told = [f"the GIL was off on {', '.join(without_gil)}"] if without_gil else []
    told += [f"a JIT was on in {', '.join(with_jit)}"] if with_jit else []
    yield f"Seen in the targets after their imports and at their end: {', and '.join(told)}; nowhere else."


def versions(run: Run) -> Iterator[str]:
    """Libraries of which interpreters have different versions: there two things are compared at a time."""
    found: dict[str, dict[str, list[str]]] = {}
    for cell in cells.usable(run.cells):
        for library, version in cell.observed.get("libraries", {}).items():
            found.setdefault(library, {}).setdefault(version, []).append(cell.interpreter)
    for library, of_version in found.items():
        if len(of_version) > 1:
            told = "; ".join(f"{version} on {', '.join(dict.fromkeys(on))}" for version, on in of_version.items())
            yield f"Versions of {library} differ: {told}."


def compilers(run: Run) -> Iterator[str]:
    """Which two columns differ in the GIL alone, and that others differ in more than the interpreter."""
    builds = {cell.interpreter: cell.observed for cell in cells.usable(run.cells) if cell.observed.get("version")}
    twins = [(one, other) for one in builds for other in builds if _are_twins(builds[one], builds[other])]
    by_compiler: dict[str, list[str]] = {}
    for name, observed in builds.items():
        by_compiler.setdefault(observed.get("compiler", "").strip() or "an unknown compiler", []).append(name)
    told = [f"{one} and {other} differ in the GIL alone: one source, compiler and options" for one, other in twins]
    if len(by_compiler) > 1:
        of_whom = "; ".join(f"{compiler}: {', '.join(names)}" for compiler, names in by_compiler.items())
        told.append(f"compilers differ ({of_whom}), so that a column is not its interpreter alone")
    if told:
        said = "; ".join(told)
        yield f"{said[0].upper()}{said[1:]}."


def _are_twins(with_gil: dict[str, object], without: dict[str, object]) -> bool:
    if with_gil.get("free_threaded_build") or not without.get("free_threaded_build"):
        return False
    options = str(without.get("build_flags")).replace("'--disable-gil'", "").split()
    same = all(with_gil.get(name) == without.get(name) for name in ("implementation", "version", "compiler"))
    return same and str(with_gil.get("build_flags")).split() == options


# Several workers


def scaling(run: Run) -> Iterator[str]:
    """What several copies of a model answer against one, where the run has both; and whether both were placed alike.

    Of a sweep over workers a table has it.
    """
    if run.scaling and any(len(one.points) > 2 for one in run.scaling.curves if one.over in COPIES):
        return
    plain = {_without_topology(cell): cell for cell in cells.usable(run.cells) if cell.topology == ONE}
    gains: dict[str, list[str]] = {}
    for cell in cells.capacity_cells(run):
        one = plain.get(_without_topology(cell))
        if cell.topology != ONE and one is not None and cell.connections is None:
            told = f"{cell.model} {figures.ratio(cells.rate(cell) / cells.rate(one))}"
            gains.setdefault(_copies_against_one(run, cell, one), []).append(told)
    for what, models in gains.items():
        yield f"{what}: {', '.join(models)}."


def _copies_against_one(run: Run, cell: Cell, one: Cell) -> str:
    where = f"In {cell.scenario}{f' on {cell.interpreter}' if len(cells.interpreters(run)) > 1 else ''}"
    if cell.placement == one.placement:
        return f"{where}, {cell.topology} against one of the same model"
    return (
        f"{where}, {cell.topology} (placement {cell.placement}) against one of the same model ({one.placement}; "
        f"--place {cell.placement} places both alike)"
    )


def _without_topology(cell: Cell) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return cell.model, cell.interpreter, cell.scenario, tuple(cell.env.items())


def lopsided(run: Run) -> Iterator[str]:
    """Connections that fell unevenly to workers: who has most of them bounds the rate of all."""
    worst: tuple[float, list[int], Cell] | None = None
    uneven = each = 0
    for cell in (one for one in cells.usable(run.cells) if one.connections is None):
        for shares in cells.shares(cell):
            if sum(shares) >= FEWEST_EACH * len(shares):
                times = max(shares) * len(shares) / sum(shares)
                each, uneven = each + 1, uneven + (times >= LOPSIDED)
                worst = max(worst or (0.0, [], cell), (times, shares, cell), key=lambda one: one[0])
    if worst and uneven:
        _, shares, cell = worst
        yield (
            f"In {uneven} of {each} trials one worker had {LOPSIDED} times its share of the connections or more, and "
            f"so bounded the rate: at worst {figures.count(max(shares))} of {figures.count(sum(shares))} "
            f"({cells.name(cell, run)}); the kernel spreads them by chance."
        )


def _names(chosen: Iterable[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.interpreter for cell in chosen))
