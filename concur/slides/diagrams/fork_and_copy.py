"""fork, and copy-on-write: two page tables, one set of pages, until somebody writes."""

from concur.slides.diagrams.drawing import ACCENT, INK, SMALL, WARM, Drawing

ALT = "After a fork parent and child share all pages, read only; the first write to one faults, and copies that page."
PAGES = ("code", "a list", "its items")
TOP, STRIDE = 64, 74


def draw() -> str:
    """The parent's page table at the left, the child's at the right, memory between."""
    d = Drawing(ALT)
    _table(d, 20, "parent's page table", INK)
    d.area(430, 20, 260, 330, "memory")
    for at, name in enumerate(PAGES):
        d.box(460, _y(at), 200, 50, name, colour=INK)
        d.arrow((250, _y(at) + 25), (456, _y(at) + 25))
    with d.step(1):
        _table(d, 870, "child's page table", ACCENT)
        for at in range(3):
            d.arrow((870, _y(at) + 25), (664, _y(at) + 25), colour=ACCENT)
        d.said(30, 376, 1, "fork copies the table, not the pages; both may now only read")
    with d.step(2):
        d.text(860, _y(2) + 16, "fault", anchor="end", size=SMALL, colour=WARM, is_bold=True)
        d.said(30, 408, 2, "the child counts a reference to an item: that is a write, and so a fault")
    with d.step(3):
        d.box(460, _y(3), 200, 50, "its items, copied", colour=WARM, is_tinted=True, size=SMALL)
        d.arrow((870, _y(2) + 42), (780, _y(3) + 25), (664, _y(3) + 25), colour=WARM, width=3)
        d.said(
            30, 440, 3, "the kernel copies the page, 4 KiB; the child writes to its copy, the parent keeps the other"
        )
    return d.svg()


def _y(at: int) -> float:
    return TOP + at * STRIDE


def _table(d: Drawing, x: float, name: str, colour: str) -> None:
    d.text(x, 46, name, is_bold=True, colour=INK)
    for at, page in enumerate(PAGES):
        d.box(x, _y(at), 230, 50, f"page {at}: {page}", colour=colour, is_tinted=colour != INK, size=SMALL)
