"""A measuring of memory as a picture in a file: the page's, drawn on white."""

from typing import TYPE_CHECKING

from concur.bench.memory.records import Memory
from concur.errors import UsageError
from concur.report.memory_table import measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(memory: Memory) -> "Figure":
    """What a connection costs each target. Raises UsageError where no target has a figure."""
    from concur.report.page import drawing
    from concur.report.page.panel_memory import ranked

    rows = measured(memory)
    if not rows:
        raise UsageError("there is nothing to draw", why="no target has figures")
    with drawing.style():
        made = ranked(drawing.WIDE, rows, memory)
        made.set_facecolor("white")
        made.draw_without_rendering()  # the style ends here
    return made
