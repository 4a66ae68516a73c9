"""The marks that all diagrams are made of: boxes, texts, arrows, spans of time, numbers of steps.

Colours are the page's variables, each with a colour of its own behind it, for a
file that stands alone. No style sheet, no marker and no id: a picture may stand
in a page beside others.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

INK, SOFT, FAINT = "var(--ink, #1b1c1e)", "var(--soft, #55565b)", "var(--faint, #d5d6da)"
PAPER, GROUND = "var(--paper, #fefefd)", "var(--ground, #f3f3f0)"
ACCENT, WARM, GOOD = "var(--accent, #0a5ea8)", "var(--warm, #c8640c)", "var(--good, #1f8f5f)"
LARGE, MIDDLE, SMALL = 22, 19, 17
SANS, MONO = "'DejaVu Sans', Verdana, sans-serif", "'DejaVu Sans Mono', Menlo, monospace"
WIDTH, HEIGHT = 1120, 460
LEADING = 1.25  # lines of a text, in its size
TINT = 0.16  # how much of a colour fills a box
HEAD, HALF_HEAD = 12.0, 5.5  # of an arrow

Point = tuple[float, float]


class Drawing:
    """A picture under way: marks are added in the order in which they lie over each other; `svg` ends it."""

    def __init__(self, alt: str, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._marks = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            f' aria-label="{escape(alt)}" font-family="{SANS}" font-size="{MIDDLE}">'
        ]

    def svg(self) -> str:
        """The whole document."""
        return "\n".join([*self._marks, "</svg>\n"])

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """What is drawn within appears as that step; steps count from 1."""
        self._marks.append(f'<g class="fragment" data-fragment-index="{number}">')
        yield
        self._marks.append("</g>")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = MIDDLE,
        anchor: str = "start",
        colour: str = INK,
        is_bold: bool = False,
        is_code: bool = False,
    ) -> None:
        """Words, one line or several; y is the first line's base."""
        told = f' font-family="{MONO}"' * is_code + ' font-weight="bold"' * is_bold
        for at, line in enumerate(words.split("\n")):
            if not line:
                continue
            self._marks.append(
                f'<text x="{x:g}" y="{y + at * size * LEADING:g}" font-size="{size}" text-anchor="{anchor}"'
                f' fill="{colour}"{told}>{escape(_indented(line), quote=False)}</text>'
            )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        words: str = "",
        *,
        colour: str = INK,
        is_tinted: bool = False,
        is_dashed: bool = False,
        is_code: bool = False,
        size: int = MIDDLE,
    ) -> None:
        """A frame of that colour with words in its middle; tinted, it is filled with some of the colour."""
        fill = f'fill="{colour}" fill-opacity="{TINT}"' if is_tinted else f'fill="{PAPER}"'
        dashes = ' stroke-dasharray="7 5"' * is_dashed
        self._marks.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
            f' {fill} stroke="{colour}" stroke-width="2"{dashes}/>'
        )
        if words:
            lines = words.count("\n")
            middle = y + height / 2 + size * (0.36 - lines * LEADING / 2)
            self.text(x + width / 2, middle, words, anchor="middle", size=size, is_code=is_code)

    def area(self, x: float, y: float, width: float, height: float, words: str = "", *, colour: str = SOFT) -> None:
        """A ground without a frame, for what other things lie in; its name stands in its upper left corner."""
        self._marks.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"'
            f' fill="{colour}" fill-opacity="0.09"/>'
        )
        if words:
            self.text(x + 14, y + 26, words, size=SMALL, colour=SOFT, is_bold=True)

    def line(
        self, *points: Point, colour: str = INK, width: float = 2, is_dashed: bool = False, is_curve: bool = False
    ) -> None:
        """A line from point to point; as a curve its second and third are a Bézier curve's handles."""
        dashes = ' stroke-dasharray="7 5"' * is_dashed
        self._marks.append(
            f'<path d="{_path(points, is_curve=is_curve)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
            f' stroke-linejoin="round"{dashes}/>'
        )

    def arrow(
        self, *points: Point, colour: str = INK, width: float = 2, is_dashed: bool = False, is_curve: bool = False
    ) -> None:
        """A line that points at its end."""
        (x1, y1), (x2, y2) = points[-2:]
        along = math.atan2(y2 - y1, x2 - x1)
        neck = (x2 - HEAD * math.cos(along), y2 - HEAD * math.sin(along))
        self.line(*points[:-1], neck, colour=colour, width=width, is_dashed=is_dashed, is_curve=is_curve)
        side = (HALF_HEAD * math.sin(along), -HALF_HEAD * math.cos(along))
        corners = [(x2, y2), (neck[0] + side[0], neck[1] + side[1]), (neck[0] - side[0], neck[1] - side[1])]
        spots = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        self._marks.append(f'<polygon points="{spots}" fill="{colour}"/>')

    def span(
        self, x: float, y: float, width: float, words: str = "", *, colour: str = ACCENT, is_waiting: bool = False
    ) -> None:
        """Some time on a line of time whose middle is y: a full bar for work, a thin dashed line for a wait."""
        if is_waiting:
            self.line((x, y), (x + width, y), colour=colour, is_dashed=True)
        else:
            self._marks.append(
                f'<rect x="{x:g}" y="{y - 15:g}" width="{width:g}" height="30" rx="4" fill="{colour}"'
                f' fill-opacity="0.32" stroke="{colour}" stroke-width="1.5"/>'
            )
        if words:
            base = y - 10 if is_waiting else y + SMALL * 0.36
            self.text(x + width / 2, base, words, size=SMALL, anchor="middle")

    def badge(self, x: float, y: float, number: int) -> None:
        """The number of a step, in a disc."""
        self._marks.append(f'<circle cx="{x:g}" cy="{y:g}" r="14" fill="{ACCENT}"/>')
        self.text(x, y + 6, str(number), size=SMALL, anchor="middle", colour=PAPER, is_bold=True)

    def said(self, x: float, y: float, number: int, words: str) -> None:
        """A step's number, and beside it what happens."""
        self.badge(x, y, number)
        self.text(x + 24, y + 6, words, size=SMALL)


def _indented(line: str) -> str:
    """SVG drops spaces at a line's beginning; those that do not break stay."""
    return "\u00a0" * (len(line) - len(line.lstrip())) + line.lstrip()


def _path(points: tuple[Point, ...], *, is_curve: bool) -> str:
    spots = [f"{x:.1f},{y:.1f}" for x, y in points]
    return f"M{spots[0]} C{' '.join(spots[1:])}" if is_curve else "M" + " L".join(spots)
