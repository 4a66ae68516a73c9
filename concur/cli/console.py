"""The two consoles: results go to stdout, progress and warnings to stderr.

Both respect NO_COLOR, a pipe, and the terminal's width (or COLUMNS).
"""

import sys

from rich.console import Console


def results() -> Console:
    """The console on stdout. Text is printed as it is: brackets are no markup, numbers are not coloured."""
    return Console(markup=False, emoji=False, highlight=False)


def messages() -> Console:
    """The console on stderr."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def print_document(content: bytes) -> None:
    """One document on stdout, byte for byte, and nothing else; a newline ends it."""
    sys.stdout.write(content.decode().rstrip("\n") + "\n")
    sys.stdout.flush()
