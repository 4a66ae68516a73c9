from collections.abc import Callable
from typing import Any

from concur.bench.results import Probe, Run
from concur.report import columns, explanations, markdown

Make = dict[str, Callable[..., Any]]


def probe(**changed: Any) -> Probe:
    figures: dict[str, Any] = {
        "verified": 1000,
        "window_ns": 10**9,
        "rate_per_s": 1000.0,
        "system_calls": {"recvfrom": 1.0, "sendto": 1.0, "epoll_wait": 0.05, "close": 0.0001},
        "waiting": {"gil": 0.0, "running": 0.9, "epoll_wait": 0.1},
        "looks": 40,
        "gil_source": "proc",
        "page_faults": 0.0,
    }
    return Probe(**(figures | changed))


def asked(make: Make) -> Run:
    """Two rows and their twins at the common rate, slower one first in the run."""
    cells = [
        make["cell"]("threads", 90_000.0, explanation="99 % busy.", probe=probe(system_calls={"futex": 12.0})),
        make["cell"]("callbacks", 160_000.0, explanation="also busy.", probe=probe()),
        make["steady"]("threads", 5e5, explanation="offered no more."),
        make["steady"]("callbacks", 4e5),
    ]
    return make["run"](cells)  # type: ignore[no-any-return]


def heads(grid: columns.Grid | None) -> list[str]:
    assert grid
    return [" ".join(column.head.split()) for column in grid.columns]


def values(grid: columns.Grid | None, head: str) -> list[str]:
    assert grid
    return next(column.values for column in grid.columns if " ".join(column.head.split()) == head)


def test_each_row_has_its_sentence_in_the_tables_order(make: Make) -> None:
    (below,) = explanations.explained(asked(make))
    assert below.sentences == [
        "callbacks: also busy.",
        "threads: 99 % busy.",
        "threads in steady: offered no more.",
    ]


def test_there_is_one_for_each_table(make: Make) -> None:
    cells = [make["cell"](scenario=name, explanation=f"as {name}") for name in ("small", "steady", "one", "large")]
    run = make["run"](cells)
    below = explanations.explained(run)
    assert len(below) == len(columns.grids(run))
    assert [one.sentences[0] for one in below] == ["threads: as small", "threads: as one", "threads: as large"]


def test_a_run_that_nobody_asked_has_nothing_to_say(default: Run) -> None:
    assert explanations.explained(default) == [explanations.Explained([], None)]
    assert explanations.in_groups(default) == []


def test_calls_are_columns_the_most_frequent_first(make: Make) -> None:
    (below,) = explanations.explained(asked(make))
    shown = heads(below.counters)
    assert shown[:5] == ["model", "futex", "recvfrom", "sendto", "epoll_wait"]
    assert "close" not in shown
    assert values(below.counters, "futex") == ["0", "12.0"]
    assert values(below.counters, "in a call") == ["0.10", "0.10"]


def test_no_column_stands_for_what_was_not_counted(make: Make) -> None:
    blind = probe(system_calls={}, waiting={}, looks=0, gil_source="", page_faults=None, missing=["no perf"])
    (below,) = explanations.explained(make["run"]([make["cell"](explanation="…", probe=blind)]))
    assert heads(below.counters) == ["model", "looks"]
    assert below.counters
    assert below.counters.notes == ["threads: not counted: no perf"]


def test_threads_that_were_never_at_the_gil_are_none_and_not_unknown(make: Make) -> None:
    told = [make["cell"]("threads", explanation="…", probe=probe()), make["cell"]("b", 1.0, probe=probe(gil_source=""))]
    (below,) = explanations.explained(make["run"](told))
    assert values(below.counters, "waiting for GIL") == ["0", ""]


def test_what_all_rows_lack_is_said_once(make: Make) -> None:
    told = [make["cell"](name, explanation="…", probe=probe(missing=["no perf"])) for name in ("a", "b")]
    (below,) = explanations.explained(make["run"](told))
    assert below.counters
    assert below.counters.notes == ["all: not counted: no perf"]


def test_the_counters_make_a_markdown_table(make: Make) -> None:
    (below,) = explanations.explained(asked(make))
    assert below.counters
    text = markdown.table(below.counters)
    assert text.startswith("**counted in small, for a request**")
    assert "| callbacks |" in text


def test_many_cells_are_grouped_by_cause(make: Make) -> None:
    told = [
        make["cell"]("threads", explanation="…", cause="gil", interpreter="3.11"),
        make["cell"]("threads", explanation="…", cause="gil", interpreter="3.14"),
        make["cell"]("callbacks", explanation="…", cause="", interpreter="3.14"),
        make["cell"]("trio_tasks", interpreter="3.14"),
    ]
    assert explanations.in_groups(make["run"](told)) == [
        "bound by the GIL: threads on 3.11, 3.14",
        "healthy: callbacks on 3.14",
    ]
