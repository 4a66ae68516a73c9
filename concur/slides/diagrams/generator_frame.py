"""A generator's frame: on the stack while it runs, in the heap while it stands still."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "next links a generator's frame on top of its caller's, yield unlinks it; between, it stays whole in the heap."
LINES = ("def count(n):", "    i = 0", "    while i < n:", "        yield i", "        i += 1")


def draw() -> str:
    """The code, the thread's frames, the generator in the heap."""
    d = Drawing(ALT)
    d.area(0, 20, 300, 200, "the code")
    for at, line in enumerate(LINES):
        d.text(16, 76 + 28 * at, line, is_code=True, colour=WARM if "yield" in line else INK)
    d.area(330, 20, 290, 290, "this thread's frames")
    d.box(350, 240, 250, 52, "main: next(g)", colour=INK)
    d.area(680, 20, 440, 290, "heap")
    d.box(710, 64, 380, 226, colour=ACCENT, is_tinted=True)
    d.text(730, 96, "generator g", is_bold=True)
    _frame(d)
    with d.step(1):
        d.arrow((600, 258), (706, 200), colour=GOOD, width=3)
        d.said(20, 345, 1, "next: the frame is linked behind its caller's and goes on at its instruction")
    with d.step(2):
        d.box(350, 150, 250, 62, "count: runs", colour=ACCENT, is_dashed=True)
        d.line((600, 181), (708, 181), colour=ACCENT, is_dashed=True)
        d.said(20, 385, 2, "it may call others; their frames come on top, and must be gone before it yields")
    with d.step(3):
        d.arrow((706, 275), (604, 280), colour=WARM, width=3)
        d.said(20, 425, 3, "yield: a value goes down, the frame is unlinked; nothing is copied, nothing is saved")
    return d.svg()


def _frame(d: Drawing) -> None:
    d.box(730, 112, 340, 160, colour=INK)
    d.text(746, 140, "its frame", size=SMALL, colour=SOFT, is_bold=True)
    for at, (name, value) in enumerate((("locals", "n = 3, i = 1"), ("values", "for a «with», an «a + b»"))):
        d.text(746, 174 + 30 * at, name, size=SMALL, colour=SOFT)
        d.text(826, 174 + 30 * at, value, size=SMALL)
    d.text(746, 250, "next instruction: behind yield", size=SMALL, colour=WARM, is_bold=True)
