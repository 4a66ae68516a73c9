"""A claim in public, judged: «a thread costs 50 KB, a coroutine 3 KB». Pure.

It is from 500 Lines or Less, «A Web Crawler With asyncio Coroutines» (2015): 50 kB
for a Python thread, barely 3 kB for a coroutine. Neither says what is counted,
so both are asked: the process's memory alone, and with what the kernel holds
for a thread (its stack and the page tables; sockets are there with either).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from concur.bench.figure import Estimate
from concur.bench.memory.records import MemoryClaim, MemoryRow
from concur.bench.memory.slopes import measured

THREAD, COROUTINE = "thread", "coroutine"
CLAIMED_BYTES = {THREAD: 50_000, COROUTINE: 3_000}
MODELS = {
    THREAD: ("threads",),
    COROUTINE: ("generators", "coroutines", "asyncio_streams", "uvloop_streams", "trio_tasks", "tornado_streams"),
}
WITHIN = 1.5  # a factor: one significant digit is not meant more exactly
FEWEST_ROUNDS = 5  # of fewer, an interval covers less than it says


class Span(NamedTuple):
    """One row's interval, without the kernel's part or with it."""

    model: str
    label: str
    interpreter: str
    low: float
    high: float
    with_kernel: bool


def judge(rows: Sequence[MemoryRow]) -> list[MemoryClaim]:
    """A verdict for each part of the claim of which there are rows."""
    return [made for kind in CLAIMED_BYTES if (made := _judge(kind, rows))]


def _judge(kind: str, rows: Sequence[MemoryRow]) -> MemoryClaim | None:
    here = [row for row in rows if row.model in MODELS[kind] and row.bytes_per_connection and row.topology == "1"]
    here = [row for row in here if not row.env]
    if not here:
        return None
    spans = [span for row in here for span in _spans(row)]
    places = {span: place(span.low, span.high, CLAIMED_BYTES[kind]) for span in spans}
    verdict, on = _verdict(places)
    has_rounds = all(len(measured(row)) >= FEWEST_ROUNDS for row in here)
    alone = [span for span in spans if not span.with_kernel]
    return MemoryClaim(
        about=kind,
        claimed_bytes=CLAIMED_BYTES[kind],
        verdict=verdict if has_rounds else "described",
        depends_on=on if has_rounds else [],
        lowest=_named(min(alone, key=lambda span: span.low)),
        highest=_named(max(alone, key=lambda span: span.high)),
        low_bytes=min(span.low for span in alone),
        high_bytes=max(span.high for span in alone),
        high_with_kernel_bytes=max(span.high for span in spans),
    )


def _named(span: Span) -> str:
    return f"{span.label} on {span.interpreter}" if span.interpreter else span.label


def _spans(row: MemoryRow) -> list[Span]:
    """The row's interval without and with the kernel's part of a thread, as far as that was read."""
    assert row.bytes_per_connection
    low, high = ends(row.bytes_per_connection)
    parts = [row.kernel_bytes_per_connection.get(name) for name in ("stacks", "page tables")]
    known = [ends(part) for part in parts if part]
    added = sum(part[0] for part in known), sum(part[1] for part in known)
    who = row.model, row.label, row.interpreter
    alone, both = (low, high, False), (low + added[0], high + added[1], True)
    return [Span(*who, *each) for each in ((alone, both) if known else (alone,))]


def ends(one: Estimate) -> tuple[float, float]:
    """Its interval; of one round, its value twice."""
    return one.interval or (one.median, one.median)


def place(low: float, high: float, claimed: float) -> str:
    """near, below or above the claimed figure; across where the interval is on both sides of a bound."""
    if claimed / WITHIN <= low and high <= claimed * WITHIN:
        return "near"
    if high < claimed / WITHIN:
        return "below"
    return "above" if low > claimed * WITHIN else "across"


def _verdict(places: dict[Span, str]) -> tuple[str, list[str]]:
    found = set(places.values())
    if found == {"near"}:
        return "confirmed", []
    if len(found) == 1 and found <= {"below", "above"}:
        return "refuted", []
    return "depends", [name for name, key in _KEYS.items() if _matters(places, key)] or ["the round"]


_KEYS: dict[str, Callable[[Span], object]] = {
    "the library": lambda span: span.model,
    "the interpreter": lambda span: span.interpreter,
    "whether the kernel's part is counted": lambda span: span.with_kernel,
}


def _matters(places: dict[Span, str], key: Callable[[Span], object]) -> bool:
    """Whether spans that differ in nothing else lie in different places."""
    others = [each for each in _KEYS.values() if each is not key]
    groups: dict[tuple[object, ...], set[str]] = {}
    for span, found in places.items():
        groups.setdefault(tuple(each(span) for each in others), set()).add(found)
    return any(len(group) > 1 for group in groups.values())
