"""A Matrix on a terminal: as many columns side by side as fit, the others below; ratios on coloured ground.

The scale is logarithmic and diverges from 1: orange is worse, blue is better,
which colour-blind readers tell apart (ColorBrewer's PuOr, with blue for its
purple). The figure stands in each place, so that nothing is said by colour alone:
without colours the map is a table.
"""

from bisect import bisect
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from concur.report.matrix import APART, Entry, Matrix

# Up to each bound its ground; beyond the last, the last ground. Dark grounds carry light figures.
BOUNDS = (1 / 4, 1 / 2, 1 / 1.41, 1 / 1.1, 1.1, 1.41, 2, 4)
GROUNDS = ("#8c4a00", "#d17a12", "#f2ae5c", "#fbdfb6", "#f4f4f4", "#cfe1f2", "#8fbfe6", "#3f88c5", "#14518f")
LIGHT_ON = (0, 8)
LEGEND = ("<¼", "¼–½", "½–0.7", "0.7–0.9", "0.9–1.1", "1.1–1.4", "1.4–2", "2–4", ">4")


def blocks(matrix: Matrix, console: Console) -> Iterator[Table]:
    """The matrix as tables no wider than the console, of about as many columns each; the first has the title."""
    per_block = _columns_that_fit(matrix, console.width)
    for start in range(0, len(matrix.heads), per_block):
        title = matrix.title if start == 0 else None
        yield _draw(matrix, range(start, min(start + per_block, len(matrix.heads))), title)


def legend(console: Console) -> Text:
    """The scale, where there are colours to explain."""
    told = Text()
    for ground, label in zip(range(len(GROUNDS)), LEGEND, strict=True):
        told.append(f" {label} ", style=_style(ground))
    return told if console.color_system and not console.no_color else Text()


def ground_of(gain: float) -> int:
    """Which ground a ratio stands on, 0 for the worst."""
    return bisect(BOUNDS, gain)


def _columns_that_fit(matrix: Matrix, width: int) -> int:
    """As many as there is room for, or fewer, so that the blocks are about equal."""
    between = 0 if matrix.is_heat else 1
    most = max(1, (width - _widest(matrix.names) - 1) // (_column_width(matrix) + between))
    how_many_blocks = -(-len(matrix.heads) // most)
    return -(-len(matrix.heads) // max(1, how_many_blocks))


def _column_width(matrix: Matrix) -> int:
    """Of a heat map with a space on either side, where behind the figure its mark may stand."""
    pads = 2 if matrix.is_heat else 0
    texts = [entry.text.removesuffix(APART) if pads else entry.text for row in matrix.entries for entry in row]
    return max(_widest(texts) + pads, _widest(matrix.heads) + pads // 2, 4)


def _widest(texts: list[str]) -> int:
    return max((len(line) for text in texts for line in text.split("\n")), default=0)


def _draw(matrix: Matrix, columns: range, title: str | None) -> Table:
    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None if matrix.is_heat else box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
        header_style="",
    )
    drawn.add_column("", no_wrap=True, overflow="ellipsis")
    width = _column_width(matrix) if matrix.is_heat else 0
    for index in columns:
        drawn.add_column(
            Text(_padded(matrix.heads[index], width)),
            justify="left" if matrix.is_heat else "right",  # what is justified loses the space behind it
            no_wrap=True,
            vertical="bottom",
            min_width=_column_width(matrix),
        )
    for name, row in zip(matrix.names, matrix.entries, strict=True):
        drawn.add_row(Text(f"{name} "), *(_text(row[index], width) for index in columns))
    return drawn


def _text(entry: Entry, width: int) -> Text:
    ground = "" if entry.gain is None else _style(ground_of(entry.gain))
    return Text(_padded(entry.text, width), style=f"{entry.style} {ground}")


def _padded(text: str, width: int) -> str:
    """To the full width, with room behind the figure for its mark: the ground is that of the text."""
    lines = (line if line.endswith(APART) else f"{line} " for line in text.split("\n"))
    return "\n".join(line.rjust(width) for line in lines) if width else text


def _style(ground: int) -> str:
    return f"{'#ffffff' if ground in LIGHT_ON else '#000000'} on {GROUNDS[ground]}"
