"""Run queues and preemption: who runs, who is ready, who sleeps, and what moves them."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "Two CPUs, each with a queue of ready threads, and sleepers: the timer, a wake-up and a balance move threads."


def draw() -> str:
    """CPUs at the left, their queues in the middle, the sleepers at the right."""
    d = Drawing(ALT)
    _cpu(d, 10, "CPU 0", "T1")
    _cpu(d, 262, "CPU 1", "T5")
    for at, name in enumerate(("T2: 3.1", "T3: 4.0", "T4: 4.4")):
        d.box(300 + 120 * at, 54, 108, 66, name, colour=INK)
    d.box(300, 306, 108, 66, "T6: 2.2", colour=INK)
    d.area(810, 10, 310, 442, "asleep: on no queue", colour=GOOD)
    d.box(835, 54, 260, 66, "T7: recv", colour=GOOD, is_tinted=True)
    d.box(835, 306, 260, 66, "T8: a lock", colour=GOOD, is_tinted=True)
    d.text(372, 38, "the ms of CPU each has had: the least first", size=SMALL, colour=SOFT)
    _moves(d)
    return d.svg()


def _cpu(d: Drawing, y: float, name: str, running: str) -> None:
    d.area(0, y, 780, 190, name, colour=INK)
    d.box(24, y + 44, 150, 66, f"{running} runs", colour=ACCENT, is_tinted=True)
    d.text(300, y + 28, "ready", size=SMALL, colour=SOFT, is_bold=True)


def _moves(d: Drawing) -> None:
    with d.step(1):
        d.arrow((100, 122), (100, 176), (594, 176), (594, 124), colour=WARM, width=3)
        d.said(126, 152, 1, "timer: T1 has had its share")
    with d.step(2):
        d.arrow((298, 95), (178, 95), colour=ACCENT, width=3)
        d.said(198, 70, 2, "next")
    with d.step(3):
        d.arrow((833, 92), (654, 92), colour=GOOD, width=3)
        d.said(684, 68, 3, "packet")
    with d.step(4):
        d.arrow((354, 374), (354, 424), (100, 424), (100, 376), colour=WARM, width=3)
        d.said(126, 400, 4, "woke, has had less")
        d.text(372, 429, "than T5: it preempts T5", size=SMALL)
    with d.step(5):
        d.arrow((474, 122), (474, 302), colour=INK, width=3, is_dashed=True)
        d.box(420, 306, 108, 66, "T3", colour=INK, is_dashed=True)
        d.said(100, 231, 5, "balance: the shorter queue takes one")
