"""What many cells say together: on runs where each rule must speak, and on ones where it must not."""

from collections.abc import Callable
from typing import Any

from concur.bench.results import Run
from concur.report import cells, overview
from concur.report.words import next_command, sentences

Make = dict[str, Callable[..., Any]]
MatrixOf = Callable[..., Run]
GCC = {
    "implementation": "CPython",
    "version": "3.13.1",
    "compiler": "GCC 12",
    "build_flags": "'--with-lto'",
    "gil": True,
}


def test_the_best_model_of_each_interpreter_had_all_connections(matrix_of: MatrixOf) -> None:
    (told,) = overview.best_models(matrix_of())
    assert told == (
        "In small, the best model of each interpreter: "
        "trio_tasks on 3.14+jit (280k/s), 3.11 (140k/s); threads on pypy3.11 (250k/s), 3.13t (150k/s)."
    )


def test_the_best_interpreter_of_each_model(matrix_of: MatrixOf) -> None:
    (told,) = overview.best_interpreters(matrix_of())
    assert told.startswith("In small, the best interpreter of each of 6 models: pypy3.11 for 5; 3.14+jit for 1 (trio")


def test_one_interpreter_has_no_best_one(default: Run) -> None:
    assert list(overview.best_interpreters(default)) == []


def test_many_comparisons_are_counted(matrix_of: MatrixOf) -> None:
    run = matrix_of(rounds=12)
    for one in run.comparisons[:3]:
        one.verdict = "faster"
    (told,) = overview.verdicts_counted(run)
    assert told.startswith("In small, against threads 3.11 over 12 rounds: ")
    assert "3 faster" in told
    assert list(overview.verdicts_counted(matrix_of(rounds=3))) == []


def test_doubtful_cells_are_named_in_groups_or_counted(matrix_of: MatrixOf) -> None:
    run = matrix_of()
    for cell in run.cells:
        if cell.model == "threads":
            cell.verdict = "engine-bound"
    (told,) = overview.doubted(run)
    assert told == "The engine was the limit, so that the server could do more, in small: threads on all 4."
    for cell in run.cells:
        cell.server_busy, cell.verdict = 0.5, "ok"
    (told,) = overview.doubted(run)
    assert told.endswith("with capacity to spare, in small: all 27.")


def test_whose_gil_was_off_and_whose_jit_was_on_is_said(make: Make) -> None:
    observed = {"3.13": GCC, "3.13t": GCC | {"gil": False}, "pypy3.11": GCC | {"jit": True}}
    run = make["run"]([make["cell"](interpreter=name, observed=seen) for name, seen in observed.items()])
    (told,) = overview.states(run)
    assert told.endswith("the GIL was off on 3.13t, and a JIT was on in pypy3.11; nowhere else.")
    assert list(overview.states(make["run"](run.cells[:1]))) == []


def test_versions_that_differ_are_said(make: Make) -> None:
    def cell(name: str, version: str) -> Any:
        return make["cell"]("gevent_greenlets", interpreter=name, observed={"libraries": {"gevent": version}})

    run = make["run"]([cell("3.14", "26.9.0"), cell("3.13", "26.9.0"), cell("pypy3.11", "25.1")])
    assert list(overview.versions(run)) == ["Versions of gevent differ: 26.9.0 on 3.14, 3.13; 25.1 on pypy3.11."]
    assert list(overview.versions(make["run"](run.cells[:2]))) == []


def test_only_twins_isolate_the_gil(make: Make) -> None:
    free = GCC | {"build_flags": "'--with-lto' '--disable-gil'", "free_threaded_build": True, "gil": False}
    twins = {"3.13": GCC, "3.13t": free, "3.14": GCC | {"version": "3.14.1", "compiler": "GCC 16"}}
    run = make["run"]([make["cell"](interpreter=name, observed=seen) for name, seen in twins.items()])
    (told,) = overview.compilers(run)
    assert told.startswith("3.13 and 3.13t differ in the GIL alone: one source, compiler and options; compilers differ")
    assert "GCC 12: 3.13, 3.13t; GCC 16: 3.14" in told
    run.cells[1].observed = free | {"build_flags": "'--disable-gil'"}
    (told,) = overview.compilers(run)
    assert told.startswith("Compilers differ")


def test_copies_are_put_against_one_of_the_same_model_and_placement_is_said(make: Make) -> None:
    one = make["cell"](rate_per_s=100e3, placement="pinned")
    two = make["cell"](rate_per_s=150e3, topology="2 processes", label="threads (2 processes)", placement="shared")
    (told,) = overview.scaling(make["run"]([one, two]))
    assert told.endswith("threads 1.50×.")
    assert "placement shared" in told
    two.placement = "pinned"
    assert list(overview.scaling(make["run"]([one, two]))) == [
        "In small, 2 processes against one of the same model: threads 1.50×."
    ]
    assert list(overview.scaling(make["run"]([two]))) == []


def shared_out(make: Make, *shares: list[int]) -> Any:
    cell = make["cell"](topology="2 processes", label="threads (2 processes)", rounds=len(shares))
    for trial, share in zip(cell.trials, shares, strict=True):
        trial.end = {"shares": share}
    return cell


def test_a_worker_with_far_more_than_its_share_is_told(make: Make) -> None:
    run = make["run"]([shared_out(make, [33, 32], [50, 15])])
    (told,) = overview.lopsided(run)
    assert told.startswith("In 1 of 2 trials one worker had 1.5 times its share")
    assert "at worst 50 of 65 (threads (2 processes))" in told


def test_an_even_spread_or_a_few_connections_are_no_news(make: Make) -> None:
    run = make["run"]([shared_out(make, [33, 32]), shared_out(make, [2, 0])])
    assert list(overview.lopsided(run)) == []


def test_a_large_run_speaks_in_groups_and_its_next_command_is_smaller(matrix_of: MatrixOf) -> None:
    run = matrix_of()
    assert cells.is_large(run)
    assert not any("gave up the CPU" in sentence for sentence in sentences(run))
    assert next_command(run) == "concur bench -m threads,trio_tasks -i 3.11,3.14+jit -r 12"
