"""Looks at a value that a thread has just loaded or stored, without running any code of the learner's.

Tier 0. For pictures only: nothing decides by it.
"""

import re
from types import FrameType
from typing import Any

from concur.labs.gates.operations import Operation

DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
PLAIN = (bool, int, float, str, bytes, type(None))
WIDEST = 20
NOTHING = object()


def peek(frame: FrameType, operation: Operation) -> str:
    """The value of what was loaded or stored, as text; "" if it is not a plain name, or no plain value."""
    if not operation.word.startswith(("load ", "store ")) or not DOTTED.fullmatch(operation.target):
        return ""
    first, *rest = operation.target.split(".")
    value = frame.f_locals.get(first, frame.f_globals.get(first, NOTHING))
    for name in rest:
        value = _attribute(value, name)
    if type(value) not in PLAIN:
        return ""
    text = repr(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _attribute(value: Any, name: str) -> Any:
    """An attribute that is simply there: properties and `__getattr__` are code, and so not run."""
    try:
        inside = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return NOTHING
    return inside.get(name, NOTHING) if isinstance(inside, dict) else NOTHING
