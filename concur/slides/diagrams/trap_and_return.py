"""A trap and its return: one system call, from the program into the kernel and back."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "A system call: the program traps into the kernel, which saves its registers, works, looks round and returns."
BORDER = 205


def draw() -> str:
    """Time goes to the right; above the border the program has the CPU, below it the kernel."""
    d = Drawing(ALT)
    _ground(d)
    with d.step(1):
        d.span(60, 105, 250, "os.write(1, data)", colour=ACCENT)
        d.arrow((310, 105), (345, 105), (345, 283), colour=ACCENT, width=3)
        d.said(60, 150, 1, "arguments in registers,\nthen the instruction syscall")
    with d.step(2):
        d.span(330, 300, 170, "save registers", colour=WARM)
        d.said(345, 350, 2, "to this thread's\nkernel stack")
    with d.step(3):
        d.span(508, 300, 180, "do the call", colour=WARM)
        d.said(523, 350, 3, "by its number;\nmay sleep here")
    with d.step(4):
        d.span(696, 300, 174, "look round", colour=WARM)
        d.said(711, 350, 4, "a signal to deliver?\nanother thread's turn?")
    with d.step(5):
        d.arrow((850, 283), (850, 105), (885, 105), colour=GOOD, width=3)
        d.span(888, 105, 190, "goes on", colour=ACCENT)
        d.said(872, 150, 5, "registers restored;\nresult, or -errno")
    return d.svg()


def _ground(d: Drawing) -> None:
    d.area(0, 20, 1120, BORDER - 20, "user mode: the program")
    d.area(0, BORDER, 1120, 235, "kernel mode: everything", colour=WARM)
    d.line((0, BORDER), (1120, BORDER), colour=INK, is_dashed=True)
    d.text(590, 196, "the border, guarded by the CPU", size=SMALL, anchor="middle", colour=SOFT)
    d.arrow((940, 425), (1100, 425), colour=SOFT)
    d.text(925, 431, "time", size=SMALL, anchor="end", colour=SOFT)
