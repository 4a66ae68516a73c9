"""The convoy: a thread that serves lets go of the GIL at each call, and waits a whole interval to get it back."""

from itertools import pairwise

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, LARGE, MIDDLE, SMALL, SOFT, WARM, Drawing

ALT = "Beside a busy thread, one that serves waits 5 ms for the GIL after every recv and send, to work 10 µs each time."
BUSY, SERVING = 45, 165
AT = (150, 440, 730, 1020)


def draw() -> str:
    """The busy thread above, the one that serves below; then the formula."""
    d = Drawing(ALT, height=390)
    d.text(0, BUSY + 6, "computes", is_bold=True)
    d.text(0, SERVING + 6, "serves", is_bold=True)
    for at, next_at in pairwise(AT):
        d.span(at + 14, BUSY, next_at - at - 18, "has the GIL, 5 ms", colour=ACCENT)
    _turn(d, 1, "recv has returned", "recv")
    _turn(d, 2, "send let go of it", "send")
    _turn(d, 3, "and the next request's recv", "recv")
    with d.step(4):
        d.box(150, 275, 470, 90, "rate = 1 / (k · interval + s)", colour=WARM, is_tinted=True, size=LARGE)
        d.text(645, 302, "k: waits for the GIL in a request", size=MIDDLE)
        d.text(645, 330, "interval: sys.getswitchinterval(), 5 ms", size=MIDDLE)
        d.text(645, 358, "s: what a request takes alone", size=MIDDLE)
    return d.svg()


def _turn(d: Drawing, number: int, words: str, call: str) -> None:
    x, end = AT[number - 1], AT[number]
    with d.step(number):
        d.span(x, SERVING, end - x, colour=SOFT, is_waiting=True)
        d.span(end - 4, SERVING, 14, colour=GOOD)
        d.text(end + 3, SERVING + 40, f"{call}: 10 µs" if number < 3 else "…", size=SMALL, anchor="middle")
        d.badge(x + 24, SERVING - 36, number)
        d.text(x + 44, SERVING - 30, words, size=SMALL)
        if number == 1:
            d.line((x, SERVING - 14), (x, SERVING + 14), colour=INK)
