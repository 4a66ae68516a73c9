"""One turn of the event loop, and what becomes of the others when a callback does not return."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "A turn of the loop: sleep until something is ready, call who waits, call timers due, call what was put off."
TURN = (
    ("epoll_wait", "until the next timer;\nnot at all if something\nis put off", WARM),
    ("who is ready", "each callback once,\nas far as it gets\nwithout waiting", ACCENT),
    ("timers due", "a heap: the soonest first", ACCENT),
    ("put off: call_soon", "what was there at\nthe start; new ones\nin the next turn", ACCENT),
)


def draw() -> str:
    """The turn above, from left to right and back; below it a line of time."""
    d = Drawing(ALT)
    for at, (name, words, colour) in enumerate(TURN):
        x = 10 + 280 * at
        with d.step(at + 1):
            d.box(x, 50, 244, 62, name, colour=colour, is_tinted=True)
            d.text(x, 140, words, size=SMALL, colour=SOFT)
            if at < 3:
                d.arrow((x + 246, 81), (x + 278, 81), width=3)
    with d.step(5):
        d.arrow((972, 48), (972, 18), (132, 18), (132, 46), colour=INK, width=3)
    _time(d)
    return d.svg()


def _time(d: Drawing) -> None:
    y = 272
    d.text(10, y + 6, "one thread", is_bold=True)
    with d.step(6):
        for x in (150, 206, 262, 318):
            d.span(x, y, 34, colour=ACCENT)
            d.span(x + 36, y, 18, colour=WARM)
        d.text(150, y - 30, "turns of µs: nobody notices the others", size=SMALL)
    with d.step(7):
        d.span(374, y, 420, "a callback that computes, or blocks", colour=WARM)
        for x in (796, 852, 908, 964):
            d.span(x, y, 34, colour=ACCENT)
            d.span(x + 36, y, 18, colour=WARM)
        for at, x in enumerate((420, 520, 610)):
            d.arrow((x, 360 - 20 * at), (x, y + 18), colour=GOOD)
            d.line((x, 360 - 20 * at), (800 + 56 * at, 360 - 20 * at), colour=GOOD, is_dashed=True)
            d.arrow((800 + 56 * at, 360 - 20 * at), (800 + 56 * at, y + 18), colour=GOOD)
        d.text(420, 396, "requests that come meanwhile: all of them late, and none of them to blame", size=SMALL)
        d.text(10, 438, "There is no timer interrupt here: nothing takes the CPU away from a callback.")
