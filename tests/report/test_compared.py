import io

import pytest
from rich.console import Console

from concur.bench.compare.across import compare
from concur.bench.compare.conditions import judge, parse
from concur.report.compared import show, show_judgements, to_markdown

RATES = [1e5 + 100 * n for n in range(12)]


@pytest.fixture
def pair(runs):
    reference = runs.run("a", [runs.cell("threads", RATES), runs.cell("callbacks", RATES)])
    slower = runs.cell("callbacks", [0.8 * rate for rate in RATES], begins_s=1000)
    machine = runs.MACHINE | {"kernel": "6.2"}
    return reference, runs.run("b", [runs.cell("threads", RATES, begins_s=1000), slower], machine=machine)


def shown(pair, width):
    """What is printed of the comparison on a terminal of that width."""
    out = io.StringIO()
    reference, new = pair
    show(compare(reference, new), reference, new, Console(file=out, width=width, markup=False, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(pair, width):
    text = shown(pair, width)
    _headline, *lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert "0.80×" in text
    assert "kernel" in text


def test_a_wide_terminal_shows_every_column(pair):
    narrow, wide = (next(line for line in shown(pair, width).splitlines() if "verdict" in line) for width in (60, 200))
    assert wide.split() == ["cell", "reference", "new", "ratio", "low–high", "threads", "low–high", "rounds", "verdict"]
    assert set(narrow.split()) < set(wide.split())


def test_conditions_are_marked(pair):
    out = io.StringIO()
    show_judgements(judge([parse("rate<90k"), parse("errors>0")], pair[1]), Console(file=out, width=100))
    assert [line[0] for line in out.getvalue().splitlines()] == ["×", "✓", "✓"]


def test_markdown_is_a_summary_with_tables_of_equal_rows(pair):
    reference, new = pair
    judgements = judge([parse("rate<90k")], new)
    text = to_markdown(compare(reference, new, names=("a.json", "b_c.json")), reference, new, judgements).decode()
    assert text.startswith(
        "### b\\_c.json against a.json: 1 slower, 1 no difference found\n\n**Failed**\n\n- rate\\<90k holds"
    )
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 2
    for block in blocks:
        assert len({row.count("|") for row in block}) == 1
    assert "| kernel | 6.1 | 6.2 |" in text


def test_markdown_says_what_passed_and_is_silent_without_conditions(pair):
    reference, new = pair
    found = compare(reference, new)
    assert "**Passed**" in to_markdown(found, reference, new, judge([parse("errors>0")], new)).decode()
    assert "**Passed**" not in to_markdown(found, reference, new).decode()
