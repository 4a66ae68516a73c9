"""Which files a page is made of: the run's, and the newest of each other kind beside it. Reads; draws nothing.

A neighbour that cannot be read is no reason to show no run: it is left out, and
the page says so.
"""

from pathlib import Path
from typing import Any, NamedTuple

from concur.bench import results
from concur.bench.results import Run
from concur.bench.saving import RESULTS
from concur.errors import ConcurError, UsageError
from concur.report.page.panels import Results

RUNS = "[0-9]*.json"  # a run's file begins with its date, any other kind's with that kind's name
MEMORY = "memory-*.json"  # a run that measured that alone has a page of its own; beside another one it is a panel there
MACHINE_KEYS = ("cpu", "cpus", "architecture", "system")  # what two machines differ in


class Source(NamedTuple):
    """What was read, from where, and what must be said of it."""

    results: Results
    path: Path | None
    notes: list[str]


def find(named: str, folder: Path = RESULTS) -> Path:
    """The file of a run, by its path or id; without a name the newest. Raises UsageError where there is none."""
    if not named:
        return _newest(folder)
    for path in (Path(named), folder / f"{named}.json"):
        if path.is_file():
            return path
    known = [path.stem for path in sorted(folder.glob(RUNS))][-3:]
    there = f"In {folder}: {', '.join(known)}." if known else "Measure first: `concur bench`."
    raise UsageError(f"there is no run {named}", do=there)


def _newest(folder: Path) -> Path:
    paths = sorted(folder.glob(RUNS)) or sorted(folder.glob(MEMORY))
    if not paths:
        raise UsageError(f"there is no run in {folder}", do="Measure first: `concur bench`, or name a run's file.")
    return paths[-1]


def read(path: Path) -> Source:
    """The run in that file, and what lies beside it. Raises UsageError for a file that is no whole run."""
    return beside(_run(path), path)


def _run(path: Path) -> Run:
    kind = next((kind for kind, load in KINDS.items() if path.name.startswith(f"{kind}-") and load != results.load), "")
    if kind:
        do = "It is shown beside a run: `concur report`."
        raise UsageError(f"{path} is no run of `concur bench`", why=f"its name says {kind}", do=do)
    return results.load(path)


def from_elsewhere(run: Run) -> list[str]:
    """That the run is another machine's than this one, so that nobody takes its figures for this one's."""
    from concur.bench.machine import describe

    different = _differs(run.machine, describe())
    return [f"This run is of another machine than the one that made this page: here {different}."] if different else []


def beside(run: Run, path: Path | None = None) -> Source:
    """A run at hand, and the newest of each other kind in its folder (where results are kept, if it has no file)."""
    folder = path.parent if path else RESULTS
    notes: list[str] = []
    found = {kind: _latest(kind, folder, run, notes) for kind in KINDS}
    gil, crawl = found.pop("gil"), found.pop("crawl")
    others = {kind: one for kind, one in found.items() if one is not None}
    return Source(Results(run, gil, crawl, others), path, notes)


def _latest(kind: str, folder: Path, run: Run, notes: list[str]) -> Any:
    """None where there is none of that kind, or none that fits; the notes say why not."""
    paths = sorted(folder.glob(f"{kind}-*.json"))
    if not paths:
        return None
    try:
        found = KINDS[kind](paths[-1])
    except ConcurError as error:
        notes.append(f"{paths[-1].name} is left out: {error}")
        return None
    if different := _differs(run.machine, found.machine):
        notes.append(f"{paths[-1].name} is left out, as it is of another machine: {different}")
        return None
    return found


def _differs(one: dict[str, Any], other: dict[str, Any]) -> str:
    """What tells two machines apart; empty where nothing that both tell does."""
    told = (key for key in MACHINE_KEYS if key in one and key in other and one[key] != other[key])
    return ", ".join(f"{key} {other[key]}, the run has {one[key]}" for key in told)


def _gil(path: Path) -> Any:
    from concur.gil.results import load

    return load(path)


def _crawl(path: Path) -> Any:
    from concur.bench.crawls.results import load

    return load(path)


# How the other kinds are read: by the beginning of their files' names.
KINDS = {"gil": _gil, "crawl": _crawl, "memory": results.load}
