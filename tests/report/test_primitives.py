from io import StringIO

import pytest
from rich.console import Console

from concur.bench.primitives import Column, Primitive, Primitives
from concur.report.primitives import GROUPS, is_restless, matrix, sentences, show

LACKS = "needs greenlet"


def one(name: str, median_ns: float | None, group: str = "switch", spread: float = 0.02, **changed: str) -> Primitive:
    quartiles = None if median_ns is None else (median_ns * (1 - spread / 2), median_ns * (1 + spread / 2))
    return Primitive(name=name, group=group, median_ns=median_ns, quartiles_ns=quartiles, rounds=9, steps=10, **changed)


def absent(name: str, reason: str, group: str = "switch") -> Primitive:
    return one(name, None, group, verdict="absent", reason=reason)


def found(**columns: list[Primitive]) -> Primitives:
    return Primitives(
        concur="0.1.0",
        id="primitives-1",
        started_at="",
        command=[],
        machine={},
        columns=[Column(interpreter=name, primitives=some) for name, some in columns.items()],
    )


def rows(of: Primitives) -> dict[str, list[str]]:
    drawn = matrix(of)
    return {name: [entry.text for entry in row] for name, row in zip(drawn.names, drawn.entries, strict=True)}


def test_a_row_has_the_figures_of_all_interpreters() -> None:
    of = found(a=[one("call", 28.0)], b=[one("call", 1_900.0)])
    assert rows(of) == {"switch": ["", ""], "  call": ["28 ns", "1.90 µs"]}


def test_groups_stand_in_their_order_and_in_each_the_cheapest_first() -> None:
    of = found(a=[one("fault", 9.0, "system"), one("dear", 8.0), one("cheap", 2.0), one("new", 1.0, "unheard of")])
    assert list(rows(of)) == ["switch", "  cheap", "  dear", "system", "  fault", "unheard of", "  new"]


def test_the_same_name_in_two_groups_is_two_rows() -> None:
    drawn = matrix(found(a=[one("asyncio", 1.0, "sleep(0)"), one("asyncio", 2.0, "lock and unlock")]))
    assert drawn.names.count("  asyncio") == 2


def test_what_is_absent_has_a_letter_whose_reason_stands_below() -> None:
    of = found(
        a=[
            absent("greenlet", "needs greenlet"),
            absent("sub", "needs Python 3.14"),
            absent("tasklet", "needs greenlet"),
        ],
        b=[one("greenlet", 5.0), one("sub", None, verdict="failed", reason="it broke")],
    )
    assert rows(of) == {"switch": ["", ""], "  greenlet": ["a", "5 ns"], "  sub": ["b", "c"], "  tasklet": ["a", ""]}
    assert matrix(of).notes == ("a: needs greenlet", "b: needs Python 3.14", "c: failed: it broke")


def test_there_are_letters_for_more_than_26_reasons() -> None:
    of = found(a=[absent(f"p{n}", f"reason {n}") for n in range(28)])
    assert [row[0] for row in rows(of).values()][1:][-3:] == ["z", "aa", "bb"]


def test_an_interpreter_without_any_is_a_line_below() -> None:
    of = found(a=[one("call", 28.0)])
    of.columns.append(Column(interpreter="3.90", verdict="absent", reason="needs pytest-benchmark: prepare it"))
    assert matrix(of).heads == ["a"]
    assert matrix(of).notes == ("3.90: needs pytest-benchmark: prepare it",)


def test_rounds_that_differ_much_are_marked() -> None:
    assert not is_restless(one("call", 28.0, spread=0.19))
    of = found(a=[one("call", 28.0, spread=0.3)])
    assert rows(of)["  call"] == ["~28 ns"]
    assert "more than 20 %" in matrix(of).notes[0]


def test_a_thread_is_told_in_tasks_and_generators() -> None:
    of = found(
        a=[
            one("thread hand over and back", 20_000.0),
            one("asyncio task switch", 2_000.0),
            one("generator send and yield", 40.0),
        ],
        b=[one("thread hand over and back", 20_000.0)],
    )
    assert sentences(of) == [
        "On a, handing over to a thread and back takes 20.0 µs: as long as 10 switches of asyncio tasks, or 500 sends "
        "to a generator."
    ]


def test_a_call_that_was_compiled_away_is_said_to_be_none() -> None:
    (told,) = sentences(found(a=[one("function call", 0.8)], b=[one("function call", 12.0)]))
    assert told.startswith("On a a function call takes 0.8 ns: the JIT")


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_fits(width: int) -> None:
    names = ["3.11", "3.12", "3.13", "3.13t", "3.14", "3.14+jit", "3.15", "3.15+jit", "pypy3.11"]
    some = [one(f"multiprocessing pipe between {n}", 1_234.0 * n, group) for n, group in enumerate(GROUPS, 1)]
    console = Console(file=StringIO(), width=width)
    show(found(**dict.fromkeys(names, some)), console)
    text = console.file.getvalue()  # type: ignore[attr-defined] # it is what was given
    assert max(map(len, text.splitlines())) <= width
    assert all(name in text for name in names)


def test_nothing_at_all_is_no_table() -> None:
    console = Console(file=StringIO(), width=80)
    show(found(), console)
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]
