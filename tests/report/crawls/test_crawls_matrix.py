"""Crawls of many cells as matrices."""

from concur.report import crawls_matrix


def texts(matrix) -> list[list[str]]:
    return [[entry.text for entry in row] for row in matrix.entries]


def two_by_two(make):
    return make.run([
        make.cell("threads", [1000], interpreter="3.11"), make.cell("threads", [1200], interpreter="3.14"),
        make.cell("callbacks", [1500], interpreter="3.11"),
        make.cell("callbacks", [], interpreter="3.14", reason="needs luck")])  # fmt: skip


def test_models_by_interpreters_have_rates_ratios_and_costs(make):
    rates, ratios, costs = crawls_matrix.of_interpreters(two_by_two(make))
    assert (rates.names, rates.heads) == (["threads", "callbacks"], ["3.11", "3.14"])
    assert texts(rates) == [["1,000", "1,200"], ["1,500", "a"]]
    assert texts(ratios) == [["1", "1.20×"], ["1.50×", "a"]]
    assert ratios.is_heat
    assert texts(costs)[0] == ["0.99", "0.82"]
    assert costs.notes == ("a: needs luck",)


def test_of_one_interpreter_there_is_no_matrix(make):
    assert crawls_matrix.of_interpreters(make.run([make.cell("threads"), make.cell("callbacks")])) == []


def test_what_is_not_comparable_is_marked(make):
    cells = [make.cell(name, interpreter=short, in_flight=count, is_fewer=count == 1)
             for name, count in (("threads", 20), ("sequential", 1)) for short in ("3.11", "3.14")]  # fmt: skip
    rates, ratios, costs = crawls_matrix.of_interpreters(make.run(cells))
    assert texts(rates)[1] == ["1,000*", "1,000*"]
    assert texts(ratios)[1] == ["1.00×*", "1.00×*"]
    assert any(note.startswith("* fewer in flight") for note in costs.notes)


def test_a_sweep_has_the_line_above_and_shares_of_it_as_colours(make):
    (one,) = crawls_matrix.of_sweeps(make.swept({"threads": {1: 19, 100: 1000}, "sequential": {1: 20}}))
    assert one.names == ["latency alone", "threads", "sequential"]
    assert one.heads == ["1", "100"]
    assert texts(one) == [["20", "2k"], ["19", "1k"], ["20", "a"]]
    assert one.entries[1][1].gain == 0.5
    assert one.notes[-1].startswith("a: at most 1 in flight")


def test_a_matrix_is_a_grid_for_exports(make):
    grid = crawls_matrix.as_grid(crawls_matrix.of_interpreters(two_by_two(make))[0])
    assert [column.head for column in grid.columns] == ["model", "3.11", "3.14"]
