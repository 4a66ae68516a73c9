"""Where labs are shown: a console that knows whether its reader sees, or hears what a screen reader says.

With `--plain` there is no colour, no box, no bar, no mark: a table becomes a
sentence for each row, a state is a word. Colours are the terminal's own sixteen,
none of them white, black or bright, so that light and dark both are readable.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

READABLE = 100  # characters in a line of prose, however wide the terminal is
BAR_WIDTH = 24
GOOD, BAD, CARE, QUIET = "green", "red", "yellow", "dim"


class Screen:
    """A console, and whether it is to be plain."""

    def __init__(self, console: Console, *, is_plain: bool = False) -> None:
        self.console, self.is_plain = console, is_plain

    @classmethod
    def on_stdout(cls, *, is_plain: bool = False) -> "Screen":
        """The results' screen; brackets are no markup, numbers are not coloured."""
        plain = {"no_color": True, "color_system": None} if is_plain else {}
        return cls(Console(markup=False, emoji=False, highlight=False, **plain), is_plain=is_plain)  # type: ignore[arg-type] # options of two types

    @property
    def width(self) -> int:
        """Columns of prose."""
        return min(self.console.width, READABLE)

    # Lines

    def line(self, text: str | Text = "", style: str = "") -> None:
        """One paragraph, from the left margin; words are kept whole."""
        self.hanging("", text, style)

    def heading(self, text: str) -> None:
        """A line that the eye finds: bold, after an empty one."""
        self.console.print()
        self.hanging("", text, "bold")

    def hanging(self, lead: str | Text, body: str | Text, style: str = "") -> None:
        """A paragraph that begins with a lead; its further lines stand under the first one's text."""
        lead = lead if isinstance(lead, Text) else Text(lead)
        text = body.copy() if isinstance(body, Text) else Text(printable(body), style=style)
        width = max(self.width - lead.cell_len, 20)
        for index, wrapped in enumerate(text.wrap(self.console, width) or [Text()]):
            wrapped.rstrip()
            self._print((Text(" " * lead.cell_len) if index else lead) + wrapped)

    def block(self, text: str, indent: int = 4, style: str = "", most: int = 0) -> None:
        """Lines as they are, such as a traceback or a trace; the last `most` of them, if there are more.

        A line that is too long goes on below itself.
        """
        lines = text.expandtabs(4).splitlines()
        if most and len(lines) > most:
            self._print(Text(" " * indent + f"… {len(lines) - most:,} lines before", style=QUIET))
            lines = lines[-most:]
        for line in lines:
            body = printable(line)
            lead = " " * (indent + len(body) - len(body.lstrip()))
            for piece in Text(body.strip(), style=style).wrap(self.console, max(self.console.width - len(lead), 20)):
                piece.rstrip()
                self._print(Text(lead) + piece)
            if not body.strip():
                self._print(Text())

    def _print(self, text: Text) -> None:
        self.console.print(text if not self.is_plain else text.plain, soft_wrap=True)

    # Tables

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str | Text]], *, fold: int = -1) -> None:
        """Rows under a head; plain, a sentence a row: «lab 5, state started, minutes 4 of 20.»

        fold: the column whose words give way where the terminal is narrow (the last one otherwise).
        """
        if self.is_plain:
            for row in rows:
                self._print(Text(_sentence(head, row)))
            return
        drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        wide = fold % len(head)
        for at, name in enumerate(head):
            drawn.add_column(name, no_wrap=at != wide, overflow="fold" if at == wide else "ellipsis")
        for row in rows:
            drawn.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
        self.console.print(drawn)

    # Parts

    def mark(self, sign: str, style: str) -> Text:
        """A sign for the eye; nothing where words say it."""
        return Text("") if self.is_plain else Text(f"{self.safe(sign)} ", style=style)

    def bar(self, share: float, width: int = BAR_WIDTH, style: str = GOOD) -> Text:
        """A bar of text, of which a share is filled; nothing where words say it."""
        if self.is_plain:
            return Text("")
        full, empty = ("#", "-") if self.is_ascii else ("█", "░")
        filled = round(max(0.0, min(share, 1.0)) * width)
        return Text(full * filled, style=style) + Text(empty * (width - filled), style=QUIET)

    def safe(self, sign: str) -> str:
        """The sign, or its like where the terminal's encoding has only ASCII."""
        if not self.is_ascii:
            return sign
        return {"✓": "+", "✗": "x", "–": "-", "·": ".", "→": "->", "…": "...", "›": ">"}.get(sign, "?")

    @property
    def is_ascii(self) -> bool:
        """Whether the terminal's encoding has nothing beyond ASCII."""
        return not self.console.encoding.lower().startswith("utf")

    def path(self, path: Path) -> Text:
        """A file as one would type it from here; a link where the terminal has them."""
        shown = typed(path)
        if self.is_plain or not self.console.is_terminal:
            return Text(shown)
        return Text(shown, style=Style(link=path.resolve().as_uri()))


def _sentence(head: Sequence[str], row: Sequence[str | Text]) -> str:
    cells = [(name, str(cell).strip()) for name, cell in zip(head, row, strict=True)]
    return ", ".join(f"{name} {cell}".strip() for name, cell in cells if cell) + "."


def typed(path: Path) -> str:
    """A path relative to the current folder if it is below it, else in full."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the current folder is gone
        return str(path)
    return str(path) if relative.startswith(os.pardir) else relative


def printable(text: str) -> str:
    """The text with a mark in place of each control character: a learner's output might move the cursor."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)
