"""Questions that are asked of a run of crawls."""

from concur.report import crawls_cells


def test_names_have_their_interpreter_where_there_are_several(make):
    one, other = make.cell(interpreter="3.11"), make.cell(interpreter="3.14")
    assert crawls_cells.name(one, make.run([one])) == "threads"
    assert crawls_cells.name(one, make.run([one, other])) == "threads 3.11"


def test_many_cells_are_named_by_where_they_are(make):
    shorts = ("3.11", "3.13", "3.14")
    cells = [make.cell(interpreter=short) for short in shorts] + [make.cell("callbacks", interpreter="3.14")]
    assert crawls_cells.named(cells, make.run(cells)) == "threads on all 3; callbacks on 3.14"


def test_only_usable_cells_are_ranked(make):
    slow, fast = make.cell("threads", [10]), make.cell("callbacks", [20])
    wrong = make.cell("polling", [99], of_trials={"verdict": "wrong"})
    assert crawls_cells.ranked([slow, wrong, fast, make.cell("x", [], reason="no")]) == [fast, slow]


def test_small_rates_keep_their_digits():
    assert (crawls_cells.rate_text(20.13), crawls_cells.rate_text(1204.4)) == ("20.1", "1,204")
