"""A sweep as matrices."""

import io

from rich.console import Console

from concur.report.heatmap import blocks
from concur.report.matrix import as_grid
from concur.report.sweep_tables import matrices
from concur.report.sweeps import Place

FAST, SLOW = "uvloop_protocol", "asyncio_protocol"
RATES = {SLOW: lambda size, count: 10_000.0 * count, FAST: lambda size, count: 25_000.0 * count}


def test_there_is_a_matrix_of_figures_and_one_of_ratios_for_each_payload(sweep_of):
    found = matrices(sweep_of(RATES))
    assert [one.title for one in found] == [
        "small, 64 B: requests a second, by connections",
        "small, 64 B: how many times the rate of the other, by connections",
        "small, 1 KiB: requests a second, by connections",
        "small, 1 KiB: how many times the rate of the other, by connections",
    ]
    rates, ratios = found[:2]
    assert (rates.names, rates.heads) == ([SLOW, FAST], ["1", "8"])
    assert [[entry.text for entry in row] for row in rates.entries] == [["10k", "80k"], ["25k", "200k"]]
    assert [[entry.text for entry in row] for row in ratios.entries] == [["2.50×", "2.50×"]]
    assert [entry.gain for entry in ratios.entries[0]] == [2.5, 2.5]


def test_a_plain_run_has_none(default):
    assert matrices(default) == []


def test_one_target_alone_has_figures_and_no_ratios(sweep_of):
    assert [one.is_heat for one in matrices(sweep_of({"threads": RATES[SLOW]}))] == [False, False]


def test_payloads_alone_stand_in_one_matrix(sweep_of):
    rates, _ratios = matrices(sweep_of(RATES, places=[Place(1024, 8), Place(64, 8)]))
    assert rates.title == "small: requests a second, by payload"
    assert rates.heads == ["64 B", "1 KiB"]


def test_at_a_common_rate_the_figures_are_latencies(sweep_of):
    found = matrices(sweep_of(RATES, offered_per_s=1_000.0))
    assert found[0].title == "small, 64 B: p99 in ms, at a common rate, by connections"
    assert found[0].entries[0][0].text == "0.40"


def test_what_has_no_figure_has_a_letter_and_the_notes_its_reason(sweep_of):
    run = sweep_of(RATES)
    run.cells[0].verdict, run.cells[0].reason = "failed", "it died"
    run.cells[1].verdict, run.cells[1].reason = "absent", "needs uvloop"
    found = matrices(run)
    assert [row[0].text for row in found[0].entries] == ["a", "b"]
    assert found[-1].notes == ("a: failed: it died", "b: needs uvloop", "* not comparable: uvloop_protocol is absent")


def test_marks_are_explained(sweep_of):
    run = sweep_of(RATES)
    run.cells[1].verdict, run.cells[2].verdict, run.cells[4].verdict = "engine-bound", "unstable", "engine-bound"
    run.cells[7].connections = 4
    found = matrices(run)
    assert [row[0].text for row in found[1].entries] == [">2.50×"]
    assert [row[0].text for row in found[3].entries] == ["2.50×*"]
    assert found[2].entries[1][1].text == "200k*"
    limited, restless, apart = found[-1].notes
    assert limited.startswith("> the engine was the limit")
    assert restless.startswith("~ unstable")
    assert "serves no more than 4 connections at a time" in apart


def test_they_are_drawn_and_exported_as_any_matrix(sweep_of):
    found = matrices(sweep_of(RATES))
    console = Console(width=60, record=True, file=io.StringIO())
    for one in found:
        for block in blocks(one, console):
            console.print(block)
    assert "2.50×" in console.export_text()
    assert [column.head for column in as_grid(found[0]).columns] == ["model", "1", "8"]


def test_a_run_interrupted_before_its_first_trial_has_empty_matrices(sweep_of):
    run = sweep_of(RATES)
    run.cells = []
    assert all(not one.entries for one in matrices(run))
