"""Commands to try next, as they are typed. Pure functions from a command to another."""

import shlex
from collections.abc import Sequence

# One option under its two names; a new value takes the place of either.
NAMES = {"-r": "--rounds", "-i": "--interpreters", "-m": "--models", "-s": "--scenarios"}


def bench(*options: str) -> str:
    """`concur bench` with these options."""
    return shlex.join(["concur", "bench", *options])


def again(command: Sequence[str], option: str, value: str) -> str:
    """The command that was given, with that option set to that value.

    What only suits the first time is left out: `--quick`, which contradicts more
    rounds, and the program's folder.
    """
    kept = _without(list(command[1:]) or ["bench"], option)
    return shlex.join(["concur", *(word for word in kept if word != "--quick"), option, value])


def _without(words: list[str], option: str) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in (option, NAMES.get(option)):
            skip = True
        elif not _carries_value(word, option):
            kept.append(word)
    return kept


def _carries_value(word: str, option: str) -> bool:
    """`-r12` or `--rounds=12`."""
    long = NAMES.get(option, option)
    glued = len(option) == 2 and word.startswith(option) and word != option and not word.startswith("--")
    return glued or word.startswith(f"{long}=")
