"""Scaling laws: what N workers give, by Amdahl, Gustafson and Gunther."""

from collections.abc import Callable

from concur.slides.diagrams.drawing import ACCENT, GOOD, INK, SMALL, SOFT, WARM, Drawing

ALT = "Speed-up over 1 to 32 workers: linear, Gustafson's, Amdahl's limit of 20, and Gunther's curve, which falls."
MOST = 32
SERIAL, CONTENTION, COHERENCE = 0.05, 0.05, 0.002
LEFT, BOTTOM, RIGHT, TOP = 70, 400, 640, 30


def draw() -> str:
    """Axes, and a curve a law; the formulas stand beside."""
    d = Drawing(ALT)
    _axes(d)
    with d.step(1):
        _curve(d, lambda n: n, SOFT, is_dashed=True)
        d.badge(_x(18), _y(18), 1)
        d.said(690, 50, 1, "linear: n")
    with d.step(2):
        _curve(d, amdahl, ACCENT)
        d.badge(_x(28), _y(amdahl(28)), 2)
        d.said(690, 105, 2, "Amdahl: 1 / (σ + (1 - σ) / n)\none task; a part σ is serial: never over 1/σ")
    with d.step(3):
        _curve(d, gustafson, GOOD)
        d.badge(_x(28), _y(gustafson(28)), 3)
        d.said(690, 190, 3, "Gustafson: n - σ (n - 1)\nmore workers, more work each minute")
    with d.step(4):
        _curve(d, gunther, WARM)
        d.badge(_x(28), _y(gunther(28)), 4)
        best = max(range(1, MOST + 1), key=gunther)
        d.line((_x(best), _y(gunther(best))), (_x(best), BOTTOM), colour=WARM, is_dashed=True)
        d.text(_x(best) + 10, _y(gunther(best)) + 40, f"best at {best}", size=SMALL)
        d.said(690, 275, 4, "Gunther: n / (1 + σ (n - 1) + κ n (n - 1))\nκ: each has to agree with each")
        d.text(714, 345, "so more workers can be slower", size=SMALL, is_bold=True)
    d.text(690, 420, f"drawn for σ = {SERIAL:g}, κ = {COHERENCE:g}", size=SMALL, colour=SOFT)
    return d.svg()


def amdahl(n: float) -> float:
    """Amdahl (1967): a fixed task, a part of which is serial."""
    return 1 / (SERIAL + (1 - SERIAL) / n)


def gustafson(n: float) -> float:
    """Gustafson (1988): the task grows with the workers, its serial part does not."""
    return n - SERIAL * (n - 1)


def gunther(n: float) -> float:
    """Gunther (1993), the universal scalability law: contention, and agreement between each two."""
    return n / (1 + CONTENTION * (n - 1) + COHERENCE * n * (n - 1))


def _x(n: float) -> float:
    return LEFT + (n - 1) / (MOST - 1) * (RIGHT - LEFT)


def _y(speed: float) -> float:
    return BOTTOM - speed / MOST * (BOTTOM - TOP)


def _curve(d: Drawing, law: Callable[[float], float], colour: str, *, is_dashed: bool = False) -> None:
    d.line(*((_x(n / 4), _y(law(n / 4))) for n in range(4, 4 * MOST + 1)), colour=colour, width=3, is_dashed=is_dashed)


def _axes(d: Drawing) -> None:
    d.line((LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM), colour=INK)
    for n in (1, 8, 16, 24, 32):
        d.text(_x(n), BOTTOM + 24, str(n), size=SMALL, anchor="middle", colour=SOFT)
        d.text(LEFT - 12, _y(n) + 6, str(n), size=SMALL, anchor="end", colour=SOFT)
    d.text((LEFT + RIGHT) / 2, BOTTOM + 50, "workers n", size=SMALL, anchor="middle")
    d.text(LEFT + 14, TOP + 12, "speed-up", size=SMALL)
