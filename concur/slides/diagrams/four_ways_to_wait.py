"""Four ways to wait for a hundred peers, by who sleeps and what is asked how often."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, SMALL, SOFT, WARM, Drawing

ALT = "Blocking sleeps for one peer, threads block each for its own, polling never sleeps, readiness sleeps for all."
WAYS = ("one blocks", "each blocks", "ask each turn", "sleep for all")
WHAT = ("one thread", "a thread each", "non-blocking", "epoll, kqueue")


def draw() -> str:
    """A row each, over time."""
    d = Drawing(ALT)
    for at, (way, what) in enumerate(zip(WAYS, WHAT, strict=True)):
        y = 62 + 108 * at
        d.area(0, y - 44, 1120, 94)
        d.text(14, y, way, is_bold=True)
        d.text(14, y + 27, what, size=SMALL, colour=SOFT)
    with d.step(1):
        d.span(200, 62, 500, "asleep in recv(A); B has been ready for long", colour=SOFT, is_waiting=True)
        d.span(700, 62, 40, "A", colour=ACCENT)
        d.span(746, 62, 40, "B", colour=GOOD)
        d.text(800, 58, "nothing to choose:\nB waits for A", size=SMALL)
    with d.step(2):
        for y, x, name, colour in ((154, 700, "A", ACCENT), (188, 400, "B", GOOD)):
            d.span(200, y, x - 200, colour=SOFT, is_waiting=True)
            d.span(x, y, 40, name, colour=colour)
        d.text(800, 176, "a stack each; the kernel\nchooses who runs", size=SMALL)
    with d.step(3):
        for at in range(22):
            d.span(200 + 26 * at, 278, 20, colour=WARM)
        d.text(800, 274, "EAGAIN, EAGAIN, EAGAIN …\na CPU for nothing", size=SMALL)
        d.span(408, 278, 20, "B", colour=GOOD)
        d.span(720, 278, 20, "A", colour=ACCENT)
    with d.step(4):
        d.span(200, 386, 200, colour=SOFT, is_waiting=True)
        d.span(400, 386, 40, "B", colour=GOOD)
        d.span(440, 386, 260, "asleep for both", colour=SOFT, is_waiting=True)
        d.span(700, 386, 40, "A", colour=ACCENT)
        d.text(800, 382, "one thread; the program\nchooses who runs", size=SMALL)
    return d.svg()
