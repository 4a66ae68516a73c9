"""Which rows a picture is of, where it can't show all: one model, or one interpreter. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar

from concur.bench.results import Estimate
from concur.report.gil.rows import distinct

PLAIN = "threads"  # the model that a picture is of where there is one for all


class Served(Protocol):
    """A row of a model on an interpreter."""

    interpreter: str
    model: str


S = TypeVar("S", bound=Served)


def model_of(rows: Sequence[Served]) -> str:
    """`threads` if it is there, else the first; empty without rows."""
    models = distinct(row.model for row in rows)
    return PLAIN if PLAIN in models or not models else models[0]


def of_model(rows: Sequence[S]) -> list[S]:
    """The rows of that model."""
    return [row for row in rows if row.model == model_of(rows)]


def interpreter_of(rows: Sequence[Served]) -> str:
    """The one with the most models, of several the first; empty without rows."""
    pairs = distinct(f"{row.interpreter}\t{row.model}" for row in rows)
    counts = Counter(pair.split("\t")[0] for pair in pairs)
    return counts.most_common(1)[0][0] if counts else ""


def ends(estimate: Estimate) -> tuple[float, float]:
    """Its interval; the median twice where there is none."""
    return estimate.interval or (estimate.median, estimate.median)
