"""Ranges as people type them, in steps that double: `1..1024`, `64..1M`, `1..4:processes`. Pure.

`planning.py` asks; a list may hold numbers and ranges, `1,8..64`. Each error names what is accepted.
"""

from collections.abc import Callable, Iterable, Iterator

from concur.errors import UsageError

BETWEEN = ".."
ALL_CPUS = "N"  # the end of a range of workers: as many as there are CPUs
MOST_CONNECTIONS = 65_535  # one address has no more ports
MOST_PAYLOAD_BYTES = 2**26


def connections(texts: Iterable[str], read: Callable[[str], int]) -> list[int]:
    """`1..8` → 1, 2, 4, 8. read is for one number. Raises UsageError for what is no range."""
    return _all(texts, read, MOST_CONNECTIONS, "connections: one address has no more ports")


def payloads(texts: Iterable[str], read: Callable[[str], int]) -> list[int]:
    """`64..1k` → 64, 128, 256, 512, 1024 bytes."""
    return _all(texts, read, MOST_PAYLOAD_BYTES, "bytes: that is no message")


def workers(texts: Iterable[str], cpus: int) -> list[str]:
    """`1..8:processes` → 1, 2:processes, 3, 4, 6, 8; what is no range stays as it is. cpus: what N stands for."""
    found: list[str] = []
    for text in texts:
        found += _copies(text, cpus) if BETWEEN in text else [text]
    return list(dict.fromkeys(found))


def _all(texts: Iterable[str], read: Callable[[str], int], most: int, unit: str) -> list[int]:
    found: list[int] = []
    for text in texts:
        if BETWEEN not in text:
            found.append(_one(text, read, most, unit))
            continue
        low, high = _ends(text, read)
        if high > most:
            raise UsageError(f"'{text}' goes too far", do=f"It may end at {most:,} {unit}.")
        found += doubling(low, high)
    return list(dict.fromkeys(found))


def _one(text: str, read: Callable[[str], int], most: int, unit: str) -> int:
    value = read(text)
    if not 1 <= value <= most:
        raise UsageError(
            f"'{text}' is {'too much' if value else 'none at all'}", do=f"Give 1 to {most:,} {unit.partition(':')[0]}."
        )
    return value


def _ends(text: str, read: Callable[[str], int]) -> tuple[int, int]:
    """Both ends of a range that goes up from 1 or more."""
    low, _, high = (part.strip() for part in text.partition(BETWEEN))
    if not low or not high or BETWEEN in high:
        raise UsageError(f"'{text}' is no range", do="Give both ends, such as 1..64; it goes in steps that double.")
    ends = read(low), read(high)
    if ends[0] < 1:
        raise UsageError(f"'{text}' begins at 0, which no doubling leaves", do="Begin at 1 or more, such as 1..64.")
    if ends[0] > ends[1]:
        raise UsageError(f"'{text}' runs backwards", do=f"Turn it round: {high}..{low}.")
    return ends


def doubling(low: int, high: int) -> Iterator[int]:
    """low, twice that, and so on; the end in any case."""
    while low < high:
        yield low
        low *= 2
    yield high


def _copies(text: str, cpus: int) -> Iterator[str]:
    span, colon, kind = text.partition(":")
    if not colon or not kind.strip():
        raise UsageError(f"'{text}' does not say as what", do="Write the kind too: 1..4:processes, or threads.")
    low, high = _ends(span.replace(ALL_CPUS, str(cpus)), _count)
    for count in rising(low, high):
        # One copy as it is, not in a process of its own: what several are held against.
        yield "1" if count == 1 else f"{count}:{kind.strip()}"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"'{text}' is no number of workers", do="Write N..M:KIND, such as 1..4:processes.")
    return int(text)


def rising(low: int, high: int) -> Iterator[int]:
    """1, 2, 3, 4, then 6, 8, 12, 16, 24 …: twice as many in two steps; the end in any case."""
    while low < high:
        yield low
        low += max(1, 2 ** (low.bit_length() - 2)) if low > 3 else 1
    yield high
