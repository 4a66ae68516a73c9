"""Items of prose on a console: one mark, further lines indented, so that the eye finds where the next begins."""

from rich.console import Console
from rich.text import Text

READABLE = 100  # characters in a line of prose, however wide the terminal is


def bullet(console: Console, text: str, mark: str = "–", style: str = "") -> None:
    """Prints one item."""
    body = Text(text, style=style).wrap(console, min(max(console.width - 2, 20), READABLE))
    for index, line in enumerate(body):
        lead = f"{mark} " if index == 0 else "  "
        console.print(Text(lead, style=style) + line, soft_wrap=True)
