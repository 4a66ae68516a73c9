"""Whether an interpreter heeds the switch interval: found by experiment, since the setting is accepted everywhere.

CPython's take_gil waits for the interval before it asks for the GIL
(Python/ceval_gil.c), so that a turn lasts at least as long. PyPy makes of the
interval a count of bytecodes, 2,000,000 for a second (pypy/module/sys/vm.py):
a turn grows with it in proportion, and lasts as long as that many bytecodes take.
"""

from typing import Any

from concur.errors import TargetError
from concur.gil.asking import ask
from concur.interpreters.describe import Interpreter

LONG_S, SHORT_S = 0.02, 0.0005
SECONDS = 0.3  # for each of them: fifteen turns of 20 ms
TIMES_LONGER = 2.0  # a turn at 20 ms than at 0.5 ms, at least, where the interval matters; it should be 40
WHOLE = 0.9  # of the interval, which a turn lasts at least: its beginning is noted a moment late
STARTS_S = 0.5

HEEDED, NONE, IN_PROPORTION, IGNORED = "heeded", "none", "in proportion", "ignored"


def heeds(interpreter: Interpreter) -> str:
    """«heeded», «none» where there is no GIL, else «in proportion: …» or «ignored: …» with what was seen.

    It takes about a second. Raises TargetError where the interpreter cannot be asked.
    """
    options = {"intervals_s": [LONG_S, SHORT_S], "seconds": SECONDS}
    return judged(ask(interpreter, "switching", options, takes_s=2 * SECONDS + STARTS_S))


def judged(answer: dict[str, Any]) -> str:
    """The same of what `inside/switching.py` found. Raises TargetError where the threads never took turns."""
    if not answer["observed"].get("gil"):
        return NONE
    long_ns, short_ns = (answer["turns"][str(interval_s)]["quarter_ns"] for interval_s in (LONG_S, SHORT_S))
    if short_ns is None:
        raise TargetError("two threads did not take turns", why=f"one ran alone for {SECONDS} s")
    if long_ns is None:
        return HEEDED  # no turn of 20 ms came to its end, on a machine where those of 0.5 ms did
    matters = long_ns >= TIMES_LONGER * short_ns
    if matters and long_ns >= WHOLE * LONG_S * 1e9:
        return HEEDED
    seen = f"turns of {long_ns / 1e6:.2g} ms at {LONG_S * 1e3:g} ms, of {short_ns / 1e6:.2g} ms at {SHORT_S * 1e3:g} ms"
    return f"{IN_PROPORTION if matters else IGNORED}: {seen}"
