"""A thread's stacks: three of them, and what each takes."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "One address space: two threads share code and heap; each has a C stack, Python frames and a kernel stack."


def draw() -> str:
    """The process's memory as a wall; the threads' own parts stand out."""
    d = Drawing(ALT)
    d.area(0, 20, 1120, 290, "one process: one address space, one page table, one set of descriptors")
    d.box(20, 64, 170, 226, "code and\nmodules\n\nshared", colour=INK)
    d.box(205, 64, 200, 226, "heap:\nall objects\n\nshared", colour=INK)
    for at, (name, colour) in enumerate((("thread 1", ACCENT), ("thread 2", GOOD))):
        _thread(d, 425 + 345 * at, name, colour, is_first=at == 0)
    d.area(0, 325, 1120, 115, "kernel", colour=WARM)
    with d.step(3):
        for x in (425, 770):
            d.box(x, 345, 330, 62, "kernel stack: 16 KiB\nregisters while it does not run", colour=WARM, size=SMALL)
        d.said(140, 376, 3, "in no process's\naccount")
    return d.svg()


def _thread(d: Drawing, x: float, name: str, colour: str, *, is_first: bool) -> None:
    d.text(x, 84, name, is_bold=True)
    with d.step(1):
        d.box(x, 98, 158, 192, colour=colour, is_dashed=True)
        d.box(x, 98, 158, 52, "C stack: used", colour=colour, is_tinted=True, size=SMALL)
        d.text(x + 79, 186, "8 MiB of\naddresses;\npages when\nfirst touched", size=SMALL, anchor="middle", colour=SOFT)
        if is_first:
            d.badge(x + 143, 78, 1)
    with d.step(2):
        d.box(x + 172, 98, 158, 82, "Python frames\n(in chunks)", colour=colour, is_tinted=True, size=SMALL)
        d.text(
            x + 251,
            206,
            "a Python call\nadds a frame here,\nnone to the C stack\n(since 3.11)",
            size=SMALL,
            anchor="middle",
            colour=SOFT,
        )
        if is_first:
            d.badge(x + 315, 78, 2)
