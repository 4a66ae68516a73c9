"""A context switch: from one thread to another, through the kernel."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "A context switch: thread A enters the kernel, its registers are saved, B's are loaded, and B returns from it."
ROWS = {"A": 75, "kernel": 215, "B": 355}


def draw() -> str:
    """Three rows over time: thread A, the kernel, thread B."""
    d = Drawing(ALT)
    _ground(d)
    with d.step(1):
        d.span(130, ROWS["A"], 200, "runs", colour=ACCENT)
        d.arrow((330, ROWS["A"]), (345, ROWS["A"]), (345, ROWS["kernel"] - 18), colour=ACCENT, width=3)
        d.said(375, ROWS["A"] - 4, 1, "a wait, or the timer: into the kernel")
    with d.step(2):
        d.span(330, ROWS["kernel"], 130, "save A", colour=WARM)
        d.said(345, 258, 2, "registers and\nstack pointer")
    with d.step(3):
        d.span(468, ROWS["kernel"], 130, "pick", colour=WARM)
        d.said(520, 258, 3, "the next in\nthe run queue")
    with d.step(4):
        d.span(606, ROWS["kernel"], 130, "load B", colour=WARM)
        d.said(770, 205, 4, "and its page table, if it is\nanother process's")
    with d.step(5):
        d.arrow((720, ROWS["kernel"] + 18), (720, ROWS["B"]), (755, ROWS["B"]), colour=GOOD, width=3)
        d.span(760, ROWS["B"], 340, "runs, with cold caches", colour=GOOD)
        d.said(180, ROWS["B"] + 60, 5, "B returns from the kernel call in which it once went to sleep")
    return d.svg()


def _ground(d: Drawing) -> None:
    for name, y in ROWS.items():
        is_kernel = name == "kernel"
        d.area(0, y - 55, 1120, {"A": 110, "kernel": 140, "B": 145}[name], colour=WARM if is_kernel else SOFT)
        d.text(14, y + 7, name if is_kernel else f"thread {name}", is_bold=True, colour=INK)
    d.span(345, ROWS["A"] + 35, 755, colour=SOFT, is_waiting=True)
    d.text(1100, ROWS["A"] + 24, "A's state lies in memory", size=SMALL, anchor="end", colour=SOFT)
    d.span(130, ROWS["B"], 575, colour=SOFT, is_waiting=True)
    d.text(140, ROWS["B"] - 12, "B's state lies in memory", size=SMALL, colour=SOFT)
