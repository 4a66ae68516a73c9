"""The ranked table of a scenario of crawls."""

from concur.report import crawls_tables


def column(grid, head: str) -> list[str]:
    return next(one.values for one in grid.columns if one.head.split("\n")[0] == head)


def test_rows_are_ranked_and_wrong_ones_come_last_without_figures(make):
    cells = [
        make.cell("threads", [1000]),
        make.cell("polling", [5000], of_trials={"verdict": "wrong", "reason": "/p/1 was never asked for"}),
        make.cell("callbacks", [1500]),
        make.cell("gevent_greenlets", [], reason="needs gevent"),
    ]
    grid = crawls_tables.grid(make.run(cells), "near")
    assert column(grid, "model") == ["callbacks", "threads", "polling"]
    assert column(grid, "pages/s") == ["1,500", "1,000", ""]
    assert column(grid, "verdict") == ["", "", "wrong"]
    assert "gevent_greenlets: absent: needs gevent" in grid.notes
    assert any("/p/1 was never asked for" in note for note in grid.notes)


def test_what_explains_a_rate_stands_beside_it(make):
    grid = crawls_tables.grid(make.run([make.cell("threads", [1000]), make.cell("callbacks", [2000])]), "near")
    assert column(grid, "CPU ms") == ["0.49", "0.99"]
    assert column(grid, "busy") == ["99 %", "99 %"]
    assert column(grid, "in") == ["20", "20"]
    assert column(grid, "bound by") == ["CPU", "CPU"]
    assert column(grid, "against") == ["2.00×", "1"]


def test_the_share_of_the_line_is_shown_where_there_is_one(make):
    far = make.cell("threads", [380], "far", ideal_per_s=400, of_trials={"busy": 0.4})
    grid = crawls_tables.grid(make.run([make.cell("threads", [1000]), far]), "far")
    assert column(grid, "of the") == ["95 %"]
    heads = [one.head for one in crawls_tables.grid(make.run([make.cell("threads", [1000])]), "near").columns]
    assert "of the\nline" not in heads


def test_who_has_fewer_in_flight_has_a_note_and_no_ratio(make):
    cells = [make.cell("threads", [1000]), make.cell("sequential", [20], in_flight=1, pages=100, is_fewer=True)]
    grid = crawls_tables.grid(make.run(cells), "near")
    assert column(grid, "against") == ["1", ""]
    assert grid.notes == ["sequential: 1 in flight, 100 pages, as it asks for no more at a time; not compared"]
    assert grid.title == "near, 20 in flight, 2,000 pages"


def test_variants_of_a_sweep_have_no_table_of_their_own(make):
    assert crawls_tables.grids(make.swept({"threads": {1: 19, 10: 190}})) == []
