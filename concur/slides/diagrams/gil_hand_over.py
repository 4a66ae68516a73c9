"""The GIL's hand-over: a request, a check, a forced switch."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "Thread 2 waits 5 ms for the GIL, asks for it, thread 1 gives it up at its next check, and thread 2 runs."
FIRST, SECOND = 100, 290


def draw() -> str:
    """Two threads over time."""
    d = Drawing(ALT)
    for y, name in ((FIRST, "thread 1"), (SECOND, "thread 2")):
        d.text(10, y + 6, name, is_bold=True)
    d.span(130, FIRST, 600, "has the GIL: runs bytecode", colour=ACCENT)
    with d.step(1):
        d.said(200, SECOND - 42, 1, "wants it: sleeps, at most 5 ms")
        d.span(200, SECOND, 360, colour=SOFT, is_waiting=True)
        d.line((200, SECOND - 12), (200, SECOND + 12), colour=INK)
    with d.step(2):
        d.arrow((560, SECOND - 8), (560, FIRST + 20), colour=WARM, width=3)
        d.said(300, 196, 2, "time is up: sets a flag,\n«drop request»")
    with d.step(3):
        d.line((730, FIRST - 30), (730, FIRST + 30), colour=WARM, width=3)
        d.said(560, 48, 3, "sees the flag at its next check: a call, or a jump back")
    with d.step(4):
        d.arrow((730, FIRST + 30), (770, SECOND - 18), colour=WARM, width=3)
        d.span(770, SECOND, 330, "has the GIL", colour=GOOD)
        d.said(775, 178, 4, "lets go, signals, and waits\nuntil another has taken it")
    with d.step(5):
        d.span(790, FIRST, 310, colour=SOFT, is_waiting=True)
        d.said(200, 360, 5, "whoever blocks (recv, sleep) lets go at once, without being asked")
        d.text(224, 396, "and whoever is in C code that keeps it sees no flag until it returns", size=SMALL)
    d.arrow((130, 425), (1100, 425), colour=SOFT)
    d.text(1100, 450, "time", size=SMALL, anchor="end", colour=SOFT)
    return d.svg()
