"""greenlet's stack switching: slices of one C stack, copied away and back."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, Drawing

ALT = "greenlet switches by copying A's slice of the C stack to the heap and B's slice back to where it has been."


def draw() -> str:
    """The C stack before, the heap between, the C stack after."""
    d = Drawing(ALT)
    _stack(d, 30, "C stack: A runs")
    d.box(50, 196, 210, 130, "A's slice:\nrecv, handler", colour=ACCENT, is_tinted=True)
    d.area(420, 20, 280, 330, "heap")
    with d.step(1):
        d.arrow((262, 250), (446, 130), colour=ACCENT, width=3)
        d.box(450, 80, 220, 100, "A's slice, copied", colour=ACCENT, is_tinted=True, size=SMALL)
        d.said(306, 60, 1, "memcpy\naway")
    d.box(450, 216, 220, 100, "B's slice", colour=GOOD, is_tinted=True, size=SMALL)
    with d.step(2):
        _stack(d, 830, "C stack: B runs")
        d.box(850, 196, 210, 100, "B's slice", colour=GOOD, is_tinted=True)
        d.arrow((672, 262), (846, 245), colour=GOOD, width=3)
        d.said(724, 300, 2, "memcpy\nback")
    with d.step(3):
        d.said(40, 385, 3, "a few lines of assembly change the stack pointer; B's slice lies where it lay before")
    with d.step(4):
        d.said(40, 422, 4, "any function may switch, however deep: none of its callers is marked, none need know")
    return d.svg()


def _stack(d: Drawing, x: float, name: str) -> None:
    d.area(x, 20, 250, 330, name)
    d.box(x + 20, 60, 210, 62, "main", colour=INK)
    d.box(x + 20, 128, 210, 62, "hub", colour=INK)
    d.text(x + 240, 344, "grows down", size=SMALL, anchor="end", colour=SOFT)
