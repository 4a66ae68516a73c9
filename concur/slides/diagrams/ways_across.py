"""The three ways into the kernel, by who is to blame: the program, the instruction, the world outside."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, MIDDLE, SMALL, SOFT, WARM, Drawing

ALT = "Three ways into the kernel: a system call is asked for, a fault happens to an instruction, an interrupt comes."
WAYS = (
    ("system call", "asked for", "write, read, mmap, futex …", "goes on behind it", ACCENT),
    ("fault", "the instruction could not", "page not there, division by zero", "tries it again, or a signal", WARM),
    ("interrupt", "nothing to do with you", "timer, network card, other core", "goes on, or another does", GOOD),
)


def draw() -> str:
    """One column a way: who, examples, how it returns."""
    d = Drawing(ALT)
    d.line((0, 215), (1120, 215), colour=INK, is_dashed=True)
    d.text(8, 205, "user", size=SMALL, colour=SOFT)
    d.text(8, 238, "kernel", size=SMALL, colour=SOFT)
    for at, (name, cause, examples, back, colour) in enumerate(WAYS):
        x = 80 + 345 * at
        with d.step(at + 1):
            d.box(x, 20, 320, 62, name, colour=colour, is_tinted=True, size=22)
            d.text(x + 160, 116, cause, anchor="middle")
            d.text(x + 160, 146, examples, anchor="middle", size=SMALL, colour=SOFT)
            d.arrow((x + 120, 165), (x + 120, 285), colour=colour, width=3)
            d.arrow((x + 200, 285), (x + 200, 165), colour=colour, width=3)
            d.text(x + 160, 400, back, anchor="middle", size=MIDDLE)
    d.box(80, 290, 1010, 70, "one table of entry points: save registers, run the handler, look round, return")
    d.text(8, 400, "then it", size=SMALL, colour=SOFT)
    return d.svg()
