from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.results import Run
from concur.report import matrix
from concur.report.matrix import Entry, Matrix, as_grid, heat, matrices

Make = dict[str, Callable[..., Any]]
MatrixOf = Callable[..., Run]


def entry(content: Matrix, model: str, head: str) -> Entry:
    heads = [one.replace("\n", "") for one in content.heads]
    return content.entries[content.names.index(model)][heads.index(head)]


def test_a_run_of_one_interpreter_or_of_one_model_has_no_matrix(default: Run, make: Make) -> None:
    assert matrices(default) == []
    assert matrices(make["run"]([make["cell"](), make["cell"](interpreter="3.14")])) == []


def test_a_scenario_has_figures_ratios_and_costs_whose_rows_and_columns_line_up(matrix_of: MatrixOf) -> None:
    figures, ratios, costs = matrices(matrix_of())
    assert figures.names == ratios.names == costs.names
    assert figures.heads == ["3.11", "3.13t", "3.14\n+jit", "pypy\n3.11"]
    assert all(len(row) == len(one.heads) for one in (figures, ratios, costs) for row in one.entries)
    assert (figures.is_heat, ratios.is_heat) == (False, True)


def test_rows_stand_in_the_order_asked_for(matrix_of: MatrixOf) -> None:
    run = matrix_of()
    assert matrices(run)[0].names == list(dict.fromkeys(cell.label for cell in run.cells))


def test_a_figure_has_its_interval_or_none_after_one_round(matrix_of: MatrixOf, make: Make) -> None:
    from concur.bench.results import Estimate

    run = matrix_of()
    assert entry(matrices(run)[0], "threads", "3.11").text == "100k ±3%"
    for cell in run.cells:
        cell.rate_per_s = Estimate(5_100.0) if cell.rate_per_s else None
    figures = matrices(run)[0]
    assert entry(figures, "threads", "3.11").text == "5.10k"
    assert "±" not in figures.title


def test_ratios_say_what_they_are_against(matrix_of: MatrixOf) -> None:
    ratios = matrices(matrix_of())[1]
    assert ratios.title == "small: against threads 3.11"
    assert entry(ratios, "threads", "3.11") == Entry("1", "bold", 1.0)
    assert entry(ratios, "threads", "3.13t") == Entry("1.50×", "", 1.5)


def test_what_is_not_comparable_is_marked_and_not_coloured(matrix_of: MatrixOf) -> None:
    figures, ratios, costs = matrices(matrix_of())
    assert entry(figures, "threadpool", "3.11").text == "120k* ±3%"
    marked = entry(ratios, "threadpool", "3.11")
    assert (marked.text, marked.gain) == ("1.20×*", None)
    assert "* not comparable: threadpool ran with 32 at a time" in costs.notes


def test_a_place_without_a_figure_has_a_letter_whose_reason_stands_below(matrix_of: MatrixOf) -> None:
    for one in matrices(matrix_of()):
        assert entry(one, "trio_tasks", "3.13t") == Entry("a", "dim")
        assert entry(one, "trio_tasks", "pypy3.11") == Entry("b", "red")
    notes = matrices(matrix_of())[-1].notes
    assert notes[:2] == ("a: needs trio: concur interpreters prepare", "b: failed: it died")


def test_one_reason_is_one_letter_on_every_interpreter(make: Make) -> None:
    cells = [make["cell"](interpreter=name) for name in ("3.11", "3.14")]
    cells += [
        make["absent"]("trio_tasks", f"needs trio: prepare {name}", interpreter=name) for name in ("3.11", "3.14")
    ]
    (figures, _) = matrices(make["run"](cells))
    assert [one.text for one in figures.entries[1]] == ["a", "a"]


def test_the_best_of_each_column_that_had_all_connections_stands_out(matrix_of: MatrixOf) -> None:
    figures = matrices(matrix_of())[0]
    bold = {(figures.names[row], column) for row, entries in enumerate(figures.entries)
            for column, one in enumerate(entries) if one.style == "bold"}  # fmt: skip
    assert bold == {("trio_tasks", 0), ("threads", 1), ("trio_tasks", 2), ("threads", 3)}


@pytest.mark.parametrize(("verdict", "mark"), [("engine-bound", ">"), ("unstable", "~"), ("bimodal", "~")])
def test_a_figure_to_doubt_has_a_mark_that_is_explained(matrix_of: MatrixOf, verdict: str, mark: str) -> None:
    run = matrix_of()
    run.cells[0].verdict = verdict
    figures, *_, last = matrices(run)
    assert figures.entries[0][0].text.startswith(mark)
    assert any(note.startswith(mark) for note in last.notes)


def test_at_a_common_rate_less_is_better(make: Make) -> None:
    cells = [make["steady"](name, p99, interpreter=short) for name, p99 in (("threads", 8e5), ("callbacks", 4e5))
             for short in ("3.11", "3.14")]  # fmt: skip
    compared = [
        make["comparison"](
            label, ratio, scenario="steady", metric="p99", interpreter=short, reference_interpreter="3.11"
        )
        for label, ratio, short in (("threads", 1.0, "3.14"), ("callbacks", 0.5, "3.11"), ("callbacks", 0.5, "3.14"))
    ]
    figures, ratios, _ = matrices(make["run"](cells, compared))
    assert figures.title.startswith("steady, at 10,000 req/s: p99 in ms")
    assert entry(figures, "callbacks", "3.11").text == "0.40 ±3%"
    assert ratios.title == "steady: p99 against threads 3.11, less is better"
    assert entry(ratios, "callbacks", "3.14") == Entry("0.50×", "", 2.0)


def test_without_a_reference_there_is_no_heat(make: Make) -> None:
    cells = [make["cell"](name, interpreter=short) for name in ("threads", "callbacks") for short in ("3.11", "3.14")]
    assert heat(make["run"](cells), "small") == []
    assert not any(one.is_heat for one in matrices(make["run"](cells)))


def test_a_place_nobody_asked_for_is_empty(make: Make) -> None:
    cells = [make["cell"](), make["cell"](interpreter="3.14"), make["cell"]("mine {port}", interpreter="")]
    figures, _ = matrices(make["run"](cells))
    assert figures.heads == ["3.11", "3.14", "as it is"]
    assert [one.text for one in figures.entries[1]] == ["", "", "100k ±3%"]


def test_letters_do_not_end() -> None:
    letters = [matrix._letter(index) for index in range(60)]
    assert letters[25:28] == ["z", "aa", "ab"]
    assert len(set(letters)) == 60


def test_a_matrix_is_a_table_for_exports(matrix_of: MatrixOf) -> None:
    content = as_grid(matrices(matrix_of())[0])
    assert [column.head for column in content.columns] == ["model", "3.11", "3.13t", "3.14+jit", "pypy3.11"]
    assert len({len(column.values) for column in content.columns} | {len(content.verdicts)}) == 1
