from collections.abc import Callable
from typing import Any

from concur.bench.results import Run
from concur.report.columns import Grid, grid, grids

Make = dict[str, Callable[..., Any]]


def column(content: Grid, head: str) -> list[str]:
    return next(one.values for one in content.columns if " ".join(one.head.split()) == head)


def heads(content: Grid) -> list[str]:
    return [" ".join(one.head.split()) for one in content.columns]


def test_the_default_run_is_one_table(default: Run) -> None:
    assert [one.title for one in grids(default)] == ["small"]


def test_other_scenarios_have_a_table_each(make: Make) -> None:
    run = make["run"]([make["cell"](scenario="one"), make["cell"](scenario="many"), make["cell"]()])
    assert [one.title for one in grids(run)] == ["one", "many", "small"]


def test_a_common_rate_alone_has_a_table_by_latency(make: Make) -> None:
    run = make["run"]([make["steady"]("threads", 6e5), make["steady"]("callbacks", 3e5)])
    (content,) = grids(run)
    assert content.title == "steady, at 10,000 req/s"
    assert column(content, "model") == ["callbacks", "threads"]
    assert column(content, "p99 ms") == ["0.30", "0.60"]


def test_rows_are_ranked_by_rate(default: Run) -> None:
    content = grid(default, "small")
    assert column(content, "model")[:2] == ["uvloop_protocol", "callbacks"]
    assert column(content, "req/s")[:2] == ["181,204", "165,310"]
    assert column(content, "model")[-1] == "sequential"


def test_latency_is_that_at_the_common_rate(default: Run) -> None:
    content = grid(default, "small")
    assert column(content, "p99 ms at 10k/s")[:2] == ["0.35", "0.36"]
    assert column(content, "CPU µs at 10k/s")[0] == "30.0"
    assert column(content, "p99 ms at 10k/s")[-1] == ""  # sequential was not asked


def test_without_a_common_rate_it_says_at_capacity(make: Make) -> None:
    content = grid(make["run"]([make["cell"](p99_ns=9e5)]), "small")
    assert column(content, "p99 ms at capacity") == ["0.90"]


def test_a_common_rate_that_nobody_kept_leaves_latency_at_capacity(make: Make) -> None:
    cells = [make["cell"](), make["steady"]("threads", 1e6, verdict="void", reason="the engine was late")]
    content = grid(make["run"](cells), "small")
    assert "p99 ms at capacity" in heads(content)
    assert content.notes == ["threads: void in steady: the engine was late"]


def test_each_rate_has_what_explains_it(default: Run) -> None:
    content = grid(default, "small")
    row = column(content, "model").index("threads")
    explained = [column(content, head)[row] for head in ("busy", "CPU µs /req", "switches /req", "faults /req")]
    assert explained == ["99 %", "9.98", "1.3", "0"]


def test_ratios_are_against_the_reference(default: Run) -> None:
    content = grid(default, "small")
    ratios = dict(zip(column(content, "model"), column(content, "against threads"), strict=True))
    assert (ratios["uvloop_protocol"], ratios["threads"], ratios["asyncio_protocol"]) == ("1.83×", "1", "0.37×")


def test_what_is_not_comparable_has_no_ratio_but_a_reason(default: Run) -> None:
    content = grid(default, "small")
    assert column(content, "against threads")[-1] == ""
    assert content.notes == [
        "sequential: not compared with threads: sequential ran with 1 at a time, as it serves no more connections"
    ]


def test_a_model_that_serves_few_says_so_without_a_reference(make: Make) -> None:
    content = grid(make["run"]([make["cell"]("sequential", connections=1)]), "small")
    assert content.notes == ["sequential: ran at 1 connection, as it serves no more at a time"]


def test_absent_cells_are_below_with_their_reasons(make: Make) -> None:
    cells = [make["cell"](), *(make["absent"](name, "no wheel") for name in ("trio_tasks", "tasklets"))]
    content = grid(make["run"](cells), "small")
    assert column(content, "model") == ["threads"]
    assert content.notes == ["trio_tasks, tasklets: absent: no wheel"]


def test_wrong_cells_are_last_without_figures(make: Make) -> None:
    cells = [make["cell"]("fast_and_wrong", 9e5, verdict="wrong", reason="byte 3 differs"), make["cell"]()]
    content = grid(make["run"](cells), "small")
    assert column(content, "model") == ["threads", "fast_and_wrong"]
    assert column(content, "req/s") == ["100,000", ""]
    assert column(content, "verdict") == ["", "wrong"]
    assert content.notes == ["fast_and_wrong: wrong: byte 3 differs"]


def test_a_failure_at_the_common_rate_is_noted(make: Make) -> None:
    cells = [make["cell"](), make["steady"]("threads", 1e6, verdict="failed", reason="it died")]
    content = grid(make["run"]([*cells, make["steady"]("callbacks", 1e6)]), "small")
    assert content.notes == ["threads: failed in steady: it died"]


def test_the_verdict_column_is_there_only_when_it_says_something(default: Run) -> None:
    assert "verdict" not in heads(grid(default, "small"))


def test_one_round_has_no_intervals(make: Make) -> None:
    from concur.bench.results import Estimate

    content = grid(make["run"]([make["cell"](rate_per_s=1.0) for _ in range(1)]), "small")
    assert "low–high" in heads(content)
    single = make["run"]([make["cell"]()])
    single.cells[0].rate_per_s = Estimate(5.0)
    assert "low–high" not in heads(grid(single, "small"))


def test_several_interpreters_are_named_in_the_rows(make: Make) -> None:
    cells = [make["cell"](), make["cell"](interpreter="3.13t", rate_per_s=5e4)]
    assert column(grid(make["run"](cells), "small"), "model") == ["threads 3.11", "threads 3.13t"]


def test_a_long_name_takes_two_lines(make: Make) -> None:
    cells = [make["cell"](label="asyncio_protocol MALLOC_TOP_PAD_=16777216")]
    assert column(grid(make["run"](cells), "small"), "model") == ["asyncio_protocol\n  MALLOC_TOP_PAD_=16777216"]


def test_counters_that_are_not_known_leave_no_column(make: Make) -> None:
    content = grid(make["run"]([make["cell"](counters={})]), "small")
    assert not {"switches /req", "faults /req"} & set(heads(content))


def test_a_run_of_absent_cells_alone_has_notes(make: Make) -> None:
    content = grid(make["run"]([make["absent"]("uvloop_protocol", "no wheel")]), "small")
    assert (content.verdicts, content.notes) == ([], ["uvloop_protocol: absent: no wheel"])


def test_a_warm_up_is_a_column_only_where_a_cell_is_not_flat(make: Make) -> None:
    flat = make["cell"](warmup="flat")
    assert "warm-up" not in heads(grid(make["run"]([flat]), "small"))
    warm = make["cell"]("callbacks", 90_000.0, warmup="warm-up", steady_after_ns=make["estimate"](1.25e9))
    never = make["cell"]("coroutines", 80_000.0, warmup="no steady state")
    shown = column(grid(make["run"]([flat, warm, never]), "small"), "warm-up")
    assert shown == ["", "warm-up\n1.25 s", "no steady state"]
