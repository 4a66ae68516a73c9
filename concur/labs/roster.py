"""A class as its teacher sees it: who is where, which gates fail most, what was predicted, what time it took. Tier 1.

It is made of the exports in a folder, and of learners' folders, which are only
read. What cannot be read is named with the reason, and the rest is shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from concur.errors import ConcurError, UsageError
from concur.labs import exporting, steps
from concur.labs.exporting import Exported, ExportedLab, ExportedPrediction

PROGRESS = "progress.json"
BINS = 8  # bars of a histogram of numbers, each a factor wide
MOST_BYTES = 20_000_000  # of an export: a learner's is some tens of kilobytes


class Learner(msgspec.Struct, frozen=True, kw_only=True):
    """One learner: the labs' states by number, the lab she is at, her points of all, and the file that says so."""

    name: str
    source: str
    current: int | None
    states: dict[int, str]
    points: int
    points_of: int


class GateCount(msgspec.Struct, frozen=True, kw_only=True):
    """A gate, by how many learners it was tried, and by how many failed when they last checked."""

    number: int
    lab: str
    check: str
    title: str
    failing: int
    tried: int


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """What a class predicted: bars of (label, how many), and how many were close to what each one measured."""

    number: int
    prediction: str
    ask: str
    bars: list[tuple[str, int]]
    close: int
    compared: int


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """A lab's planned minutes beside those recorded by who finished it: the median and the most."""

    number: int
    lab: str
    planned: int
    finished: int
    median: float | None
    most: float | None


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """All of a class. unread: (file, why) of what could not be read."""

    learners: list[Learner]
    gates: list[GateCount]
    histograms: list[Histogram]
    minutes: list[Minutes]
    unread: list[tuple[str, str]]


ExportFolder = Callable[[Path], Exported]


def read_class(folder: Path, export_folder: ExportFolder) -> Roster:
    """The class of a folder: its *.json files, and folders that have a progress file, themselves or one level below.

    export_folder makes an export of a learner's folder. Raises UsageError where the folder is not there or has none.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", do="Name the folder that your learners' exports are in.")
    exports: dict[str, Exported] = {}
    unread: list[tuple[str, str]] = []
    for path in _sources(folder):
        try:
            exports[str(path.relative_to(folder))] = _read(path, export_folder)
        except (ConcurError, OSError) as error:
            unread.append((str(path.relative_to(folder)), str(error)))
    if not exports and not unread:
        raise UsageError(
            f"{folder} has no exports and no learners' folders",
            do="Collect there what `concur labs export --json` writes, one file a learner.",
        )
    return summarise(exports, unread)


def _sources(folder: Path) -> list[Path]:
    """Exports as files, learners' folders as folders; what is hidden is left out."""
    found = [path for path in folder.glob("*.json") if path.name != PROGRESS]
    found += [
        path.parent for pattern in (PROGRESS, f"*/{PROGRESS}", f"*/*/{PROGRESS}") for path in folder.glob(pattern)
    ]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _read(path: Path, export_folder: ExportFolder) -> Exported:
    if path.is_dir():
        return export_folder(path)
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"it is larger than {MOST_BYTES // 10**6} MB")
    return exporting.read(path.read_bytes())


def summarise(exports: dict[str, Exported], unread: Sequence[tuple[str, str]] = ()) -> Roster:
    """The class of these exports, by the names of what they were read from."""
    labs: dict[int, list[ExportedLab]] = defaultdict(list)
    for export in exports.values():
        for lab in export.labs:
            labs[lab.number].append(lab)
    numbers = sorted(labs)
    return Roster(
        learners=sorted((_learner(source, one) for source, one in exports.items()), key=lambda one: one.name),
        gates=_gates(lab for number in numbers for lab in labs[number]),
        histograms=[one for number in numbers for one in _histograms(labs[number])],
        minutes=[_minutes(labs[number]) for number in numbers],
        unread=list(unread),
    )


def _learner(source: str, export: Exported) -> Learner:
    return Learner(
        name=export.learner or source,
        source=source,
        current=export.current,
        states={lab.number: lab.state for lab in export.labs},
        points=sum(lab.points for lab in export.labs),
        points_of=sum(lab.points_of for lab in export.labs),
    )


def _gates(labs: Iterable[ExportedLab]) -> list[GateCount]:
    """Those that somebody fails, by the share of who tried them, most first."""
    counts: dict[tuple[int, str], list[Any]] = {}
    for lab in labs:
        for check in lab.checks:
            if check.passed is not None:
                row = counts.setdefault((lab.number, check.id), [lab, check, 0, 0])
                row[2], row[3] = row[2] + (not check.passed), row[3] + 1
    gates = [
        GateCount(number=lab.number, lab=lab.title, check=check.id, title=check.title, failing=failing, tried=tried)
        for lab, check, failing, tried in counts.values()
        if failing
    ]
    return sorted(gates, key=lambda one: (-one.failing / one.tried, -one.tried, one.number))


def _histograms(labs: Sequence[ExportedLab]) -> Iterable[Histogram]:
    answers: dict[str, list[ExportedPrediction]] = defaultdict(list)
    for lab in labs:
        for one in lab.predictions:
            if one.predicted is not None:
                answers[one.id].append(one)
    for name, several in answers.items():
        compared = [one.is_close for one in several if one.is_close is not None]
        yield Histogram(
            number=labs[0].number,
            prediction=name,
            ask=several[0].ask,
            bars=bars([one.predicted for one in several]),
            close=sum(compared),
            compared=len(compared),
        )


def bars(answers: Sequence[Any]) -> list[tuple[str, int]]:
    """How many gave which answer: orders and choices by how often, numbers by size; many numbers in factors of ten."""
    numbers = [answer for answer in answers if isinstance(answer, float | int)]
    if len(numbers) < len(answers):
        words = [" < ".join(answer) if isinstance(answer, list) else str(answer) for answer in answers]
        return Counter(words).most_common(BINS)
    if len(set(numbers)) <= BINS:
        return [(f"{number:,g}", count) for number, count in sorted(Counter(numbers).items())]
    return _decades(numbers)


def _decades(numbers: Sequence[float]) -> list[tuple[str, int]]:
    """By powers of ten; what is not above zero is one bar."""
    decades = Counter(f"{number:e}".partition("e")[2] if number > 0 else "" for number in numbers)
    rows = sorted((int(power), count) for power, count in decades.items() if power)
    shown = [(f"{10.0**power:,g} to {10.0 ** (power + 1):,g}", count) for power, count in rows]
    return [("0 or less", decades[""]), *shown] if decades[""] else shown


def _minutes(labs: Sequence[ExportedLab]) -> Minutes:
    spent = [lab.minutes_spent for lab in labs if lab.state == steps.PASSED]
    return Minutes(
        number=labs[0].number,
        lab=labs[0].title,
        planned=labs[0].minutes_planned,
        finished=len(spent),
        median=median(spent) if spent else None,
        most=max(spent, default=None),
    )
