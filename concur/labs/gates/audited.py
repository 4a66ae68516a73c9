"""The calls that an audit hook must hear of, on an interpreter that does not tell of them. Tier 0.

CPython raises an audit event in each (PEP 578). PyPy has audit hooks, but raises
few of the events: there these functions of `os` are wrapped, before anything else
takes hold of them.
"""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

EVENTS = {  # by the function's name
    "kill": "os.kill",
    "killpg": "os.killpg",
    "remove": "os.remove",
    "unlink": "os.remove",
    "rename": "os.rename",
    "replace": "os.rename",
    "rmdir": "os.rmdir",
    "truncate": "os.truncate",
}


def tell_of_all() -> None:
    """From now on each of these calls is told of, once."""
    if sys.implementation.name == "cpython":
        return
    for name, event in EVENTS.items():
        told = _telling(event, getattr(os, name))
        for module in {sys.modules[os.name], os}:
            setattr(module, name, told)


def _telling(event: str, call: Callable[..., Any]) -> Callable[..., Any]:
    audit = sys.audit

    @functools.wraps(call)
    def told(*words: Any, **named: Any) -> Any:
        audit(event, *words, *named.values())
        return call(*words, **named)

    return told
