"""Concurrency and parallelism: two questions, four answers."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, SMALL, SOFT, WARM, Drawing

ALT = "Concurrent: several tasks under way at once; parallel: several steps at the same instant; either goes alone."
CELLS = (
    ("one after the other", "neither: a batch", 0, 0),
    ("interleaved on one core", "concurrent, not parallel: asyncio, the GIL", 580, 0),
    ("the same step on many data", "parallel, not concurrent: SIMD, one BLAS call", 0, 235),
    ("side by side on two cores", "both: processes, free threads", 580, 235),
)


def draw() -> str:
    """A cell for each answer: lines are cores, bars are tasks."""
    d = Drawing(ALT)
    for at, (name, words, x, y) in enumerate(CELLS):
        with d.step(at + 1):
            d.area(x, y, 540, 215, name)
            d.text(x + 14, y + 198, words, size=SMALL, colour=SOFT)
            PLOTS[at](d, x + 20, y + 75)
    return d.svg()


def _batch(d: Drawing, x: float, y: float) -> None:
    d.span(x, y, 240, "A", colour=ACCENT)
    d.span(x + 250, y, 240, "B", colour=GOOD)


def _interleaved(d: Drawing, x: float, y: float) -> None:
    for at in range(8):
        d.span(x + 62 * at, y, 58, "AB"[at % 2], colour=(ACCENT, GOOD)[at % 2])


def _vector(d: Drawing, x: float, y: float) -> None:
    for at in range(4):
        d.span(x, y - 20 + 32 * at, 240, "A" if at == 0 else "", colour=ACCENT)


def _both(d: Drawing, x: float, y: float) -> None:
    d.span(x, y, 480, "A", colour=ACCENT)
    d.span(x, y + 48, 180, "B", colour=GOOD)
    d.span(x + 190, y + 48, 290, "C", colour=WARM)


PLOTS = (_batch, _interleaved, _vector, _both)
