"""Diagrams that explain, as SVG drawn by code: one style, stepped where time matters. Tier 2.

`drawing.py` has the few marks that all of them are made of; every other file is
one diagram, with `ALT`, a sentence that says what one sees, and `draw`. What must
not live here: a measured figure (those are `figures.py`'s) and a colour or a
length of type that is not `drawing.py`'s.

A step is a group of class `fragment` with its index: reveal.js shows it when it is
its turn. Steps add and never take away, so that the last one, and a print, shows all.
"""

from importlib import import_module
from types import ModuleType

from concur.errors import unknown

NAMES = (
    "trap-and-return",
    "ways-across",
    "context-switch",
    "run-queues",
    "fork-and-copy",
    "thread-stacks",
    "gil-hand-over",
    "convoy",
    "generator-frame",
    "delegation",
    "trampoline",
    "event-loop",
    "readiness-and-completion",
    "four-ways-to-wait",
    "concurrent-and-parallel",
    "greenlet-stacks",
    "subinterpreters",
    "free-threading-locks",
    "scaling-laws",
)


def draw(name: str) -> str:
    """The diagram of that name, an SVG document. Raises UsageError where there is none."""
    return str(_module(name).draw())


def alt(name: str) -> str:
    """What one sees on it, in a sentence."""
    return str(_module(name).ALT)


def _module(name: str) -> ModuleType:
    if name not in NAMES:
        raise unknown("diagram", name, NAMES)
    return import_module(f"{__name__}.{name.replace('-', '_')}")
