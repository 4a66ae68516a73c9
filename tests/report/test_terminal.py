import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from concur.bench.results import Run
from concur.report.terminal import show
from concur.report.words import sentences


def shown(run: Run, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    show(run, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_report_fits_its_width(default: Run, width: int) -> None:
    assert max(map(len, shown(default, width).splitlines())) <= width


def test_the_table_comes_before_the_words(default: Run) -> None:
    text = shown(default, 80)
    assert text.index("181,204") < text.index("answered most")


def test_every_sentence_is_there_whole(default: Run) -> None:
    text = "".join(shown(default, 80).split())
    assert all("".join(sentence.split()) in text for sentence in sentences(default))


def test_warnings_of_the_run_are_shown(default: Run) -> None:
    default.warnings = ["Other work uses 1.0 of 2 CPUs."]
    assert "! Other work uses 1.0 of 2 CPUs." in shown(default, 80)


def test_without_a_measured_cell_there_are_notes_and_no_table(default: Run) -> None:
    for cell in default.cells:
        cell.verdict, cell.reason = "absent", "no wheel"
    text = shown(default, 80)
    assert "absent: no wheel" in text
    assert "req/s" not in text.splitlines()[0]


def test_of_few_cells_on_several_interpreters_the_ranked_table_comes_with_a_heat_map(
    make: dict[str, Callable[..., Any]],
) -> None:
    cells = [make["cell"](name, interpreter=short) for name in ("threads", "callbacks") for short in ("3.11", "3.14")]
    cells.append(make["absent"]("trio_tasks", "no wheel", interpreter="3.14"))
    text = shown(make["run"](cells, [make["comparison"]("threads", 1.0, interpreter="3.14")]), 80)
    assert "against" in text.splitlines()[1]  # of the ranked table
    assert "small: against threads" in text
    assert "a: no wheel" in text
    assert "the server's CPU time" not in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_of_many_cells_matrices_stand_for_the_ranked_table(matrix_of: Callable[..., Run], width: int) -> None:
    text = shown(matrix_of(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "the server's CPU time a request" in " ".join(text.split())
    assert "switches" not in text
