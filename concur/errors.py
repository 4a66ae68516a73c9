"""Every error that concur raises on purpose: what went wrong, why, and what to do about it.

Tier 0. An error is raised once, near its cause. The command line prints it as
one message and exits with `status`; no traceback, unless `--debug` is given.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ConcurError(Exception):
    """Something that the user can do something about.

    what: one clause, the thing that could not be done;
    why: what was seen, in the words of whoever refused;
    do: the next thing to try.
    """

    status = 2

    def __init__(self, what: str, *, why: str = "", do: str = "") -> None:
        self.what, self.why, self.do = what, why, do
        super().__init__(": ".join(part for part in (what, why) if part))

    def __str__(self) -> str:
        message = ": ".join(part for part in (self.what, self.why) if part)
        return f"{message}. {self.do}" if self.do else message


class UsageError(ConcurError):
    """What was asked for does not exist or makes no sense."""


class MachineError(ConcurError):
    """The machine lacks or refuses something: a port, a library, a compiler, a folder."""


class TargetError(ConcurError):
    """A target died, hung, or answered wrongly. The run goes on; the cell has failed."""

    status = 1


class LoadError(ConcurError):
    """The load generator could not do its work."""

    status = 1


def unknown(kind: str, name: str, known: Iterable[str], do: str = "") -> UsageError:
    """The error for a name that nothing bears, with the nearest names that something does."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names)}."
    return UsageError(f"unknown {kind} '{name}'", do=f"{hint} {do}".strip())
