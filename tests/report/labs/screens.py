"""A screen whose lines can be read back, for tests."""

from io import StringIO

from rich.console import Console

from concur.report.labs.screen import Screen


def screen(width: int = 80, *, is_plain: bool = False, is_terminal: bool = False) -> Screen:
    """Without colour, unless it is a terminal."""
    colour = "standard" if is_terminal else None
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=is_terminal,
        color_system=colour,  # type: ignore[arg-type]
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    return Screen(console, is_plain=is_plain)


def shown(on: Screen) -> str:
    """All that was printed."""
    file = on.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()
