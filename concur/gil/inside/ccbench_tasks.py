"""ccbench's tasks, and its timed loop, by their definitions (CPython 3.11, Tools/ccbench/ccbench.py).

The text that it searches and compresses was its own source, which is no more in
CPython; here it is as much of our own, the same on every interpreter (the standard library's is not).
"""

import re
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import concur.echo.contract

FIRST_STEP = 20  # calls between the first two looks at the clock
SHORT_STEP_S = 0.01  # a step that takes less is made longer, by half
YIELD_S = 0.0001  # several threads of the throughput test sleep that long after each step
PI_DIGITS = 50
# What begins a block, as the standard library's inspect finds it: a function, a lambda, a decorator.
BLOCK_BEGINS = r"^(\s*def\s)|(.*(?<!\w)lambda(:|\s))|^(\s*@)"
# The pattern is tried at each place of a line, up to its end: with lines of this length it costs what it did there.
LONGEST_LINE = 64
Task = tuple[Callable[..., object], tuple[Any, ...]]
Matrix = tuple[int, int, int, int]


def source(length: int) -> str:
    """So many characters of Python, from a module's first function on, in lines that are no longer than ccbench's."""
    text = Path(concur.echo.contract.__file__).read_text(encoding="utf-8")
    lines = text[text.index("\ndef ") :].encode("ascii", "replace").decode().splitlines(keepends=True)
    return "".join(line for line in lines if len(line) <= LONGEST_LINE)[:length]


# Pi calculation (Python)


def digits_of_pi(how_many: int) -> list[int]:
    """Gibbons' spigot by linear fractional transformations, as in the Computer Language Shootout."""
    return list(islice(_digits(), how_many))


def _digits() -> Iterator[int]:
    terms = ((k, 4 * k + 2, 0, 2 * k + 1) for k in count(1))
    state: Matrix = (1, 0, 0, 1)
    while True:
        digit = _extract(state, 3)
        while digit != _extract(state, 4):
            state = _compose(state, next(terms))
            digit = _extract(state, 3)
        state = _compose((10, -10 * digit, 0, 1), state)
        yield digit


def _compose(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d = one
    e, f, g, h = other
    return a * e, a * f + b * h, c * e + d * g, c * f + d * h


def _extract(state: Matrix, at: int) -> int:
    q, r, s, t = state
    return (q * at + r) // (s * at + t)


def pi() -> Task:
    """Python code."""
    return digits_of_pi, (PI_DIGITS,)


# C code


def regex() -> Task:
    """C code that keeps the GIL."""
    return re.compile(BLOCK_BEGINS, re.MULTILINE).findall, (source(2000),)


def bz2() -> Task:
    """C code that lets go of the GIL. Raises ImportError where Python was built without it."""
    from bz2 import compress

    return compress, (source(3000).encode() * 2,)


def sha1() -> Task:
    """The same where there is no bz2."""
    from hashlib import sha1

    def compute(text: bytes) -> bytes:
        return sha1(text, usedforsecurity=False).digest()

    return compute, (source(5000).encode() * 30,)


BZ2, SHA1 = "bz2 compression (C)", "SHA1 hashing (C)"
TASKS: dict[str, Callable[[], Task]] = {
    "Pi calculation (Python)": pi,
    "regular expression (C)": regex,
    BZ2: bz2,
    SHA1: sha1,
}


def prepare(name: str) -> tuple[str, Task]:
    """The task of ccbench's name, and what it then is: where Python was built without bz2, ccbench took SHA1."""
    try:
        return name, TASKS[name]()
    except ImportError:
        return SHA1, sha1()


def timed_loop(task: Task, began_s: float, at_least_s: float, ended: list[None], *, yields: bool) -> tuple[int, float]:
    """(calls, seconds) of calling a task for so long, or until another thread has ended, which spoils the last step."""
    function, arguments = task
    step, calls, took_s, before_s = FIRST_STEP, 0, 0.0, began_s
    while True:
        for _ in range(step):
            function(*arguments)
        now_s = time.time()
        if ended:
            return calls, took_s
        calls, took_s = calls + step, now_s - began_s
        if took_s >= at_least_s:
            ended.append(None)
            return calls, took_s
        if now_s - before_s < SHORT_STEP_S:
            step = step * 3 // 2
        elif yields:
            time.sleep(YIELD_S)
        before_s = now_s
