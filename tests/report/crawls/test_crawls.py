"""A run of crawls on a terminal and as Markdown."""

import io

from rich.console import Console

from concur.report import crawls


def shown(run, width: int = 80) -> str:
    text = io.StringIO()
    crawls.show(run, Console(file=text, width=width, markup=False, highlight=False, emoji=False))
    return text.getvalue()


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_report_fits_eighty_columns_and_keeps_what_explains(make):
    cells = [make.cell(name, [1000, 1100, 1050]) for name in ("threads", "asyncio_protocol", "subinterpreters")]
    told = shown(make.run(cells, warnings=["other work uses the CPU"]))
    assert max(map(len, told.splitlines())) <= 80
    for text in ("pages/s", "CPU ms", "bound by", "! other work", "Next: concur bench"):
        assert text in told


def test_several_interpreters_have_a_table_and_a_heat_map_below(make):
    cells = [make.cell(name, interpreter=short) for name in ("threads", "callbacks") for short in ("3.11", "3.14")]
    told = shown(make.run(cells))
    assert "callbacks 3.14" in told
    assert "near: pages/s against threads 3.11" in in_one_line(told)


def test_many_cells_are_matrices_alone(make):
    shorts = [f"3.{number}" for number in range(13)]
    cells = [make.cell(name, [1000], interpreter=short) for name in ("threads", "callbacks") for short in shorts]
    told = shown(make.run(cells))
    assert "near: pages a second" in told
    assert "threads 3.1 " not in told


def test_a_sweep_is_a_matrix_and_where_each_leaves_the_line(make):
    told = shown(make.swept({"threads": {1: 19, 10: 190, 100: 900}}))
    assert "far: pages/s by requests in flight" in in_one_line(told)
    assert "threads follows the line to 10 in flight" in in_one_line(told)


def test_markdown_has_tables_and_sentences(make):
    document = crawls.to_markdown(make.run([make.cell("threads"), make.cell("callbacks")])).decode()
    assert "| threads |" in document
    assert "- Next: concur bench" in document
