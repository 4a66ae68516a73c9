"""Free threading: what stands in the GIL's place, object by object."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "Without a GIL each object has two reference counts and a lock: cheap for its owner, atomic and contended shared."


def draw() -> str:
    """Two threads at the sides, three kinds of objects between."""
    d = Drawing(ALT)
    for x, name, colour in ((2, "thread 1", ACCENT), (958, "thread 2", GOOD)):
        d.box(x, 60, 160, 300, name, colour=colour, is_tinted=True)
    _object(d, 60, "an object of thread 1", "owner: 1 · local: 3 · shared: 0")
    _object(d, 170, "a list that both use", "owner: 1 · local: 2 · shared: 1 · lock")
    _object(d, 280, "None, a constant, a function", "immortal, or counted later")
    with d.step(1):
        d.arrow((164, 100), (326, 100), colour=ACCENT, width=3)
        d.said(184, 76, 1, "plain add")
    with d.step(2):
        d.arrow((956, 198), (794, 198), colour=WARM, width=5)
        d.said(806, 172, 2, "atomic add")
    with d.step(3):
        d.arrow((164, 224), (326, 224), colour=WARM, width=3)
        d.arrow((956, 224), (794, 224), colour=WARM, width=3)
        d.said(806, 252, 3, "append: takes\nthe list's lock")
    with d.step(4):
        for start, end in ((164, 326), (956, 794)):
            d.arrow((start, 320), (end, 320), colour=GOOD, width=3)
        d.said(184, 350, 4, "no count")
    with d.step(5):
        d.said(20, 400, 5, "reading a list or a dict takes no lock: it looks, counts, and looks again")
        d.text(
            44,
            436,
            "what both write to travels between the cores' caches, and that is the price",
            size=SMALL,
            colour=SOFT,
        )
    return d.svg()


def _object(d: Drawing, y: float, name: str, words: str) -> None:
    d.box(330, y, 460, 84, colour=INK)
    d.text(350, y + 34, name, is_bold=True)
    d.text(350, y + 62, words, size=SMALL, colour=SOFT)
