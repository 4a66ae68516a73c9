import io
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from concur.bench.results import Run
from concur.report.heatmap import BOUNDS, GROUNDS, LEGEND, blocks, ground_of, legend
from concur.report.matrix import Entry, Matrix, matrices

MatrixOf = Callable[..., Run]


def drawn(matrix: Matrix, width: int, *, colours: bool = False, no_color: bool = False) -> list[list[str]]:
    """The lines of each block."""
    found = []
    for block in blocks(matrix, Console(width=width)):
        console = Console(
            file=io.StringIO(),
            width=width,
            force_terminal=colours,
            color_system="truecolor" if colours else None,
            no_color=no_color,
        )
        console.print(block)
        assert isinstance(console.file, io.StringIO)
        found.append(console.file.getvalue().splitlines())
    return found


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_console(matrix_of: MatrixOf, width: int) -> None:
    for matrix in matrices(matrix_of()):
        assert max(len(line) for lines in drawn(matrix, width) for line in lines) <= width


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_every_entry_is_drawn_whole_once(matrix_of: MatrixOf, width: int) -> None:
    for matrix in matrices(matrix_of()):
        words = [word for lines in drawn(matrix, width) for line in lines for word in line.split()]
        for row in matrix.entries:
            for one in row:
                assert set(one.text.split()) <= set(words)


def test_what_does_not_fit_side_by_side_is_divided_about_equally(matrix_of: MatrixOf) -> None:
    ratios = matrices(matrix_of())[1]
    assert len(drawn(ratios, 200)) == 1
    first, second = drawn(ratios, 40)
    assert ("small: against threads 3.11" in first[0], "small" in second[0]) == (True, False)
    assert sum(head in first[1] for head in ("3.11", "3.13t", "pypy")) == 2


def test_twenty_models_on_nine_interpreters_fit_80_columns() -> None:
    matrix = Matrix("small", ["gevent_greenlets"] * 20, ["3.14\n+jit"] * 9, [[Entry("1.24×", "", 1.24)] * 9] * 20, True)
    (lines,) = drawn(matrix, 80)
    assert lines[3].count("1.24×") == 9


def test_marks_do_not_move_the_figures(matrix_of: MatrixOf) -> None:
    (lines,) = drawn(matrices(matrix_of())[1], 200)
    columns = {line.index("×") for line in lines if "×" in line and not line.startswith("threads ")}
    assert len(columns) == 1


def test_without_colours_there_is_no_escape_and_no_legend(matrix_of: MatrixOf) -> None:
    ratios = matrices(matrix_of())[1]
    assert "\x1b" not in str(drawn(ratios, 80))
    assert not legend(Console(file=io.StringIO(), color_system=None))
    assert not legend(Console(file=io.StringIO(), color_system="truecolor", no_color=True))
    plain = drawn(ratios, 80, colours=True, no_color=True)
    assert "48;" not in repr(plain)


def test_colours_fill_the_whole_place(matrix_of: MatrixOf) -> None:
    (lines,) = drawn(matrices(matrix_of())[1], 80, colours=True)
    coloured = next(line for line in lines if "0.20×" in line)
    text = Text.from_ansi(coloured)
    span = next(span for span in text.spans if getattr(span.style, "bgcolor", None))
    assert text.plain[span.start : span.end] == " 0.20× "


def test_each_ground_is_named_in_the_legend() -> None:
    assert len(GROUNDS) == len(LEGEND) == len(BOUNDS) + 1


@given(st.floats(1e-3, 1e3))
def test_the_scale_is_logarithmic_and_even_around_1(gain: float) -> None:
    if not any(math.isclose(gain, bound) or math.isclose(1 / gain, bound) for bound in BOUNDS):
        assert ground_of(gain) + ground_of(1 / gain) == len(GROUNDS) - 1


def test_better_is_never_a_worse_ground() -> None:
    grounds = [ground_of(1.1**power) for power in range(-30, 30)]
    assert grounds == sorted(grounds)
    assert (grounds[0], grounds[30], grounds[-1]) == (0, 4, 8)
