"""yield from, and await: frames in a chain, one send at the top, one yield at the bottom."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "A chain of awaiting frames: send goes straight down to the innermost, its trap comes straight up to the loop."
FRAMES = (("handler()", "await fetch(url)"), ("fetch(url)", "await stream.read(n)"), ("read(n)", "yield trap"))


def draw() -> str:
    """The loop at the top, the innermost frame at the bottom."""
    d = Drawing(ALT)
    d.box(330, 14, 460, 58, "the loop: trap = task.send(value)", colour=INK)
    for at, (name, line) in enumerate(FRAMES):
        y = 126 + 110 * at
        d.box(330, y, 460, 70, colour=ACCENT, is_tinted=True)
        d.text(350, y + 30, name, is_code=True, is_bold=True)
        d.text(350, y + 56, line, is_code=True, size=SMALL)
        d.arrow((560, y - 38 if at else y - 52), (560, y - 3), colour=SOFT)
    with d.step(1):
        d.arrow((800, 43), (860, 43), (860, 370), (796, 370), colour=GOOD, width=3)
        d.said(885, 130, 1, "send: handed down\nto the innermost")
    with d.step(2):
        d.arrow((320, 390), (260, 390), (260, 43), (324, 43), colour=WARM, width=3)
        d.said(20, 130, 2, "a trap: handed\nup to the loop")
    with d.step(3):
        d.arrow((380, 344), (380, 309), colour=ACCENT, width=3)
        d.arrow((380, 234), (380, 199), colour=ACCENT, width=3)
        d.said(885, 235, 3, "a result or an error:\none frame up only,\nas from any call")
    d.text(20, 235, "one task:\nonly its innermost\nframe can stand\nat a yield", size=SMALL, colour=SOFT)
    return d.svg()
