from concur.report.columns import Column, Grid
from concur.report.markdown import document, escaped, items, table

GRID = Grid(
    "a_title", [Column("name", ["x|y", "z"], 0, is_text=True), Column("two\nlines", ["1", ""], 0)], ["ok", "ok"], []
)


def test_a_table_has_a_head_a_rule_and_rows():
    assert table(GRID).splitlines()[2:] == ["| name | two lines |", "| :-- | --: |", "| x\\|y | 1 |", "| z |  |"]


def test_a_grid_without_rows_is_its_title():
    assert table(GRID._replace(verdicts=[])) == "**a_title**"


def test_names_stay_as_they_are():
    assert escaped("A_B|*c*\n<d> `e`") == "A\\_B\\|\\*c\\* \\<d> \\`e\\`"


def test_a_list_has_a_line_for_each():
    assert items(["a_b", "c"]) == "- a\\_b\n- c"
    assert items([]) == ""


def test_a_document_has_no_empty_paragraph():
    assert document(["a", "", "b"]) == b"a\n\nb\n"
