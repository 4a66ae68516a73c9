"""Single-threaded work of a dozen kinds, each a fixed amount: what CPython 3.11 does in 20 to 30 ms. Tier 0.

Each function does its work once and returns something that depends on all of it, so that no
compiler may leave it out. What must not live here: clocks, threads.
"""

import json
import math
import re
from collections.abc import Callable, Iterator

TEXT = "the quick brown fox jumps over the lazy dog and runs away from 17 hounds at 9 o'clock"
WORDS = TEXT.split()
RECORD = {"id": 1, "name": "concur", "tags": WORDS, "nested": {"pi": 3.14159, "list": list(range(20)), "none": None}}
LOG = "\n".join(f'10.0.0.{n % 256} - - [22/Nov/2026] "GET /page/{n} HTTP/1.1" 200 {n * 37}' for n in range(200))
LOG_LINE = re.compile(r'^(?P<host>[\d.]+) .*? "(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" (\d{3}) (?P<size>\d+)$', re.M)
STREAM = b"".join(b"%d:%s\n" % (n % 40, b"x" * (n % 40)) for n in range(400))
CHUNK_BYTES = 1000


def calls() -> int:
    """Function calls: Fibonacci's numbers by recursion."""

    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    return fibonacci(26)


class Account:
    """Something with attributes and methods."""

    def __init__(self) -> None:
        self.balance, self.entries = 0, 0

    def pay(self, amount: int) -> None:
        """Enter a payment."""
        self.balance += amount
        self.entries += 1

    def mean(self) -> float:
        """Of all payments."""
        return self.balance / self.entries


def methods() -> float:
    """Method calls, attributes read and written."""
    account, total = Account(), 0.0
    for amount in range(140_000):
        account.pay(amount)
        if not amount % 4:
            total += account.mean()
    return total


def dictionaries() -> int:
    """Entries made, found, changed and deleted."""
    found = 0
    for _ in range(6):
        counts: dict[str, int] = {}
        for number in range(15_000):
            key = WORDS[number % 17]
            counts[key] = counts.get(key, 0) + number
            counts[str(number % 1000)] = number
        found += sum(counts.values()) + len(counts)
    return found


def lists() -> int:
    """Lists built, sorted with a key and without, cut and reversed."""
    seed, total = 12345, 0
    for _ in range(3):
        numbers = []
        for _ in range(15_000):
            seed = (seed * 1103515245 + 12345) % 2147483648
            numbers.append(seed)
        numbers.sort()
        by_digits = sorted(numbers[::3], key=str)
        total += numbers[100] + len(by_digits) + max(reversed(by_digits))
    return total


def strings() -> int:
    """Text joined, split, replaced, formatted."""
    length = 0
    for number in range(12_000):
        line = f"{number:05d} {WORDS[number % 17]:>10} {number / 7:.3f}"
        parts = line.upper().split()
        length += len("-".join(parts).replace("O", "0")) + line.count("0")
    return length


def numbers_below(limit: int) -> Iterator[int]:
    yield from range(limit)


def generators() -> int:
    """A pipeline of three."""
    squares = (number * number for number in numbers_below(130_000))
    return sum(square for square in squares if square & 1)


def floats() -> float:
    """The orbit of one body around another, in small steps."""
    x, y, vx, vy, step = 1.0, 0.0, 0.0, 1.0, 0.001
    for _ in range(90_000):
        pull = step / math.sqrt(x * x + y * y) ** 3
        vx, vy = vx - x * pull, vy - y * pull
        x, y = x + vx * step, y + vy * step
    return x + y


def documents() -> int:
    """JSON written and read."""
    return sum(len(json.loads(json.dumps(RECORD | {"id": number}))["tags"]) for number in range(1_500))


def expressions() -> int:
    """A regular expression over the lines of a log."""
    return sum(int(found["size"]) for _ in range(130) for found in LOG_LINE.finditer(LOG))


def exceptions() -> int:
    """Raised three calls down, and caught."""

    def refuse(number: int) -> None:
        raise ValueError(number)

    def pass_on(number: int) -> None:
        refuse(number)

    caught = 0
    for number in range(34_000):
        try:
            pass_on(number)
        except ValueError as error:
            caught += error.args[0]
    return caught


class Node:
    """An object with a slot for each of its children."""

    __slots__ = ("left", "right")

    def __init__(self, left: "Node | None", right: "Node | None") -> None:
        self.left, self.right = left, right


def objects() -> int:
    """Trees of small objects made, walked and thrown away."""

    def grow(depth: int) -> Node:
        return Node(grow(depth - 1), grow(depth - 1)) if depth else Node(None, None)

    def count(node: Node) -> int:
        return 1 + (count(node.left) + count(node.right) if node.left and node.right else 0)

    return sum(count(grow(9)) for _ in range(62))


def protocol() -> int:
    """Frames «LENGTH:BYTES» taken out of a stream that comes in pieces, and written back."""
    answered = 0
    for _ in range(60):
        buffer = bytearray()
        for at in range(0, len(STREAM), CHUNK_BYTES):
            buffer += STREAM[at : at + CHUNK_BYTES]
            answered += len(b"".join(frames(buffer)))
    return answered


def frames(buffer: bytearray) -> Iterator[bytes]:
    """The whole frames at the buffer's beginning, which are taken out of it."""
    start = 0
    while (colon := buffer.find(b":", start)) >= 0:
        end = colon + 1 + int(buffer[start:colon])
        if end >= len(buffer):
            break
        yield bytes(buffer[start : end + 1])
        start = end + 1
    del buffer[:start]


WORKLOADS: dict[str, Callable[[], float]] = {
    work.__name__: work
    for work in (
        calls,
        methods,
        dictionaries,
        lists,
        strings,
        generators,
        floats,
        documents,
        expressions,
        exceptions,
        objects,
        protocol,
    )
}
