import io

import pytest
from rich.console import Console

from concur.bench.results import Run
from concur.report.columns import grid
from concur.report.table import table


def rendered(run: Run, width: int, *, colour: bool = False) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(table(run, "small", console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_console(default: Run, width: int) -> None:
    assert max(map(len, rendered(default, width))) <= width


@pytest.mark.parametrize("width", [50, 80, 200])
def test_each_row_is_one_line_with_its_whole_rate(default: Run, width: int) -> None:
    lines = rendered(default, width)
    for name, rate in (("uvloop_protocol", "181,204"), ("asyncio_protocol", "36,415"), ("sequential", "21,433")):
        assert sum(name in line and f" {rate}" in line for line in lines) == 1


def test_80_columns_hold_what_explains_a_rate(default: Run) -> None:
    head = " ".join(rendered(default, 80)[1:3])
    assert all(word in head for word in ("req/s", "threads", "busy", "/req", "p99", "switches", "faults"))


def test_a_wide_console_holds_every_column(default: Run) -> None:
    shown = rendered(default, 200)
    assert all(column.head.split("\n")[-1] in shown[2] for column in grid(default, "small").columns)


def test_columns_leave_by_priority(default: Run) -> None:
    narrow, wide = (" ".join(rendered(default, width)[1:3]) for width in (60, 200))
    assert "low–high" in wide
    assert "low–high" not in narrow
    assert "p99" in narrow


def test_without_colour_there_is_no_escape(default: Run) -> None:
    default.cells[2].verdict = "bimodal"
    assert "\x1b" not in "".join(rendered(default, 80))
    assert "\x1b" in "".join(rendered(default, 80, colour=True))


def test_brackets_in_names_are_no_markup(default: Run) -> None:
    default.cells[1].label = "mine[red]"
    assert any("mine[red]" in line for line in rendered(default, 80))
