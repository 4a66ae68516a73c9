"""Readiness and completion: being told that one may read, or that it has been read."""

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "Readiness: told that data is there, the program reads it; completion: it hands over a buffer, told when filled."


def draw() -> str:
    """Two lanes each: the program's and the kernel's."""
    d = Drawing(ALT)
    _lane(d, 0, "readiness: select, epoll, kqueue")
    _lane(d, 580, "completion: io_uring, IOCP")
    with d.step(1):
        d.said(20, 74, 1, "when may I\nread from 7?")
        d.arrow((80, 140), (80, 282), colour=ACCENT, width=3)
        d.text(110, 330, "nothing there: sleeps", size=SMALL, colour=SOFT)
    with d.step(2):
        d.arrow((270, 282), (270, 144), colour=GOOD, width=3)
        d.said(205, 74, 2, "7 is ready")
        d.text(196, 358, "data comes", size=SMALL)
    with d.step(3):
        d.said(350, 74, 3, "recv(7): copied\nnow, by the call")
        d.arrow((400, 140), (400, 282), colour=ACCENT, width=3)
        d.arrow((440, 282), (440, 144), colour=GOOD, width=3)
    with d.step(4):
        d.said(600, 74, 4, "read from 7\ninto this buffer")
        d.arrow((660, 140), (660, 282), colour=ACCENT, width=3)
        d.text(650, 330, "buffer is the kernel's", size=SMALL, colour=SOFT)
    with d.step(5):
        d.said(890, 74, 5, "it is done:\n1,024 bytes")
        d.text(790, 358, "data comes: copied", size=SMALL)
        d.arrow((960, 282), (960, 144), colour=GOOD, width=3)
    with d.step(6):
        d.text(
            0,
            420,
            "three crossings, or two where a wait tells of many;\nbuffers are needed for those that are ready only",
            size=SMALL,
        )
        d.text(
            580,
            420,
            "one crossing, or none for a batch of them;\na buffer for each that waits, and cancelling is hard",
            size=SMALL,
        )
    return d.svg()


def _lane(d: Drawing, x: float, name: str) -> None:
    d.text(x, 28, name, is_bold=True)
    d.area(x, 42, 540, 122)
    d.area(x, 262, 540, 120, colour=WARM)
    d.text(x + 530, 152, "program", size=SMALL, anchor="end", colour=SOFT)
    d.text(x + 530, 374, "kernel", size=SMALL, anchor="end", colour=SOFT)
    d.line((x, 213), (x + 540, 213), colour=INK, is_dashed=True)
