"""Subinterpreters: one process, several interpreters, each with objects and a GIL of its own."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, WARM, Drawing

ALT = "Two interpreters in one process have modules, objects and a GIL each; copies cross; descriptors are shared."


def draw() -> str:
    """Two boxes side by side in a process; a queue between."""
    d = Drawing(ALT)
    d.area(0, 20, 1120, 420, "one process")
    _interpreter(d, 30, "interpreter 0", ACCENT)
    _interpreter(d, 720, "interpreter 1", GOOD)
    with d.step(1):
        for x, colour in ((230, ACCENT), (920, GOOD)):
            d.box(x, 228, 150, 66, "its own\nGIL", colour=colour, is_tinted=True, size=SMALL)
        d.badge(215, 240, 1)
    with d.step(2):
        d.box(425, 84, 270, 62, "queue: a copy crosses", colour=WARM, is_tinted=True, size=SMALL)
        d.arrow((402, 115), (421, 115), colour=WARM, width=3)
        d.arrow((697, 115), (716, 115), colour=WARM, width=3)
        d.said(440, 178, 2, "bytes, numbers, tuples;\nelse pickled")
    with d.step(3):
        d.box(425, 250, 270, 62, "buffers: memoryview", colour=WARM, is_tinted=True, size=SMALL)
        d.said(440, 230, 3, "shared, not copied")
    with d.step(4):
        d.box(30, 350, 1060, 70, colour=INK, is_dashed=True)
        d.said(60, 376, 4, "shared by all: descriptors, signals (interpreter 0 alone handles them), memory limits,")
        d.text(
            84, 404, "immortal objects such as None, C libraries' globals (extensions must be made for it)", size=SMALL
        )
    return d.svg()


def _interpreter(d: Drawing, x: float, name: str, colour: str) -> None:
    d.box(x, 60, 370, 260, colour=colour)
    d.text(x + 16, 90, name, is_bold=True)
    d.box(x + 20, 108, 330, 50, "its modules", colour=INK, size=SMALL)
    d.box(x + 20, 166, 330, 50, "its objects", colour=INK, size=SMALL)
    d.box(x + 20, 228, 150, 66, "a thread", colour=INK, size=SMALL)
