import io

import pytest
from rich.console import Console

from concur.report.bullets import READABLE, bullet

PROSE = "a sentence of many words " * 12


@pytest.mark.parametrize("width", [30, 80, 300])
def test_further_lines_are_indented_and_none_is_too_long(width):
    out = io.StringIO()
    bullet(Console(file=out, width=width), PROSE, "!")
    first, *others = out.getvalue().splitlines()
    assert first.startswith("! a sentence")
    assert all(line.startswith("  ") and line[2] != " " for line in others)
    assert max(map(len, [first, *others])) <= min(width, READABLE + 2)
