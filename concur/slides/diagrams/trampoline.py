"""The trampoline and its traps: how one stack serves many functions."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "The trampoline sends a value into a generator, gets a trap, carries it out, and is called by the reactor later."


def draw() -> str:
    """Generators at the left, the trampoline in the middle, the reactor and the kernel at the right."""
    d = Drawing(ALT)
    for at, name in enumerate(("accept", "echo 1", "echo 2")):
        d.box(20, 70 + 80 * at, 190, 58, name, colour=ACCENT, is_tinted=True)
    d.text(20, 48, "generators", is_bold=True)
    d.text(20, 322, "each stands at a yield,\nor is the one that runs", size=SMALL, colour=SOFT)
    d.box(420, 70, 240, 218, colour=INK)
    d.text(540, 160, "trampoline", anchor="middle", is_bold=True)
    d.text(540, 190, "resume(task)", anchor="middle", is_code=True, size=SMALL)
    d.box(870, 70, 230, 90, "reactor\nwho waits for what", colour=INK, size=SMALL)
    d.box(870, 215, 230, 73, "kernel: epoll", colour=WARM, is_tinted=True)
    _turn(d)
    return d.svg()


def _turn(d: Drawing) -> None:
    with d.step(1):
        d.arrow((418, 165), (214, 165), colour=GOOD, width=3)
        d.said(240, 140, 1, "send(value)")
    with d.step(2):
        d.arrow((214, 195), (416, 195), colour=WARM, width=3)
        d.said(240, 224, 2, "yields a trap")
    with d.step(3):
        d.arrow((662, 95), (866, 95), colour=WARM, width=3)
        d.said(690, 62, 3, "trap(self, task)")
        d.arrow((940, 162), (940, 211), colour=INK)
    with d.step(4):
        d.arrow((1030, 213), (1030, 164), colour=GOOD)
        d.said(690, 262, 4, "is ready,\nor it is time")
    with d.step(5):
        d.arrow((868, 140), (664, 140), colour=GOOD, width=3)
        d.said(690, 176, 5, "resume(task)")
    with d.step(6):
        d.text(20, 400, "Each step starts from the same stack and returns to it: one stack serves them all.")
        d.text(20, 434, "A trap is a plain function, so new ways of waiting need no change here.", colour=SOFT)
