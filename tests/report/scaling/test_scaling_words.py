"""What is said of curves and rate sweeps."""

import io

import msgspec
import pytest
from rich.console import Console

from concur.bench.figure import Estimate
from concur.report import scaling_tables
from concur.report.exports import to_csv, to_markdown
from concur.report.scaling_names import place, places, size
from concur.report.scaling_rates import knees
from concur.report.scaling_words import crossings, laws, percent, scaling_sentences
from concur.report.terminal import show
from concur.report.words import sentences


def test_who_overtakes_whom_is_said_with_its_interval(swept):
    (told,) = crossings(swept())
    assert told.startswith("gevent_greenlets overtakes threads at 4")
    assert "(95 % between " in told


def test_a_crossing_of_one_round_is_told_without_an_interval(swept):
    (told,) = crossings(swept(rounds=1, noise=0.0))
    assert "95 %" not in told


def test_a_law_is_told_with_its_peak_and_its_error_at_held_out_points(swept):
    told = " ".join(laws(swept()))
    assert "threads peaks at 3" in told
    assert "off at held-out points" in told
    assert "callbacks goes towards" in told
    assert "Amdahl's law" in told


def test_withheld_laws_of_one_reason_are_told_together(swept):
    (told,) = laws(swept(rounds=1))
    assert told.startswith(
        "No scaling law is shown for threads, callbacks, gevent_greenlets: 1 round gives no interval"
    )


def test_a_knee_is_told_with_what_came_beyond_it_and_p99_at_half(rates):
    told = next(iter(knees(rates(knees={"threads": 95_000.0}))))
    assert "threads keeps up to 90,250 req/s in an open loop, 100 % of its capacity" in told
    assert "at 95,428 its p99 is" in told
    assert "At half of that its p99 is" in told


def test_of_many_models_one_sentence_has_all_knees(rates):
    many = {f"model{n}": 10_000.0 * (n + 1) for n in range(8)}
    (told,) = knees(rates(knees=many))
    assert told.startswith("In an open loop, small, they keep up to (p99 at half of that): model7 76,000 (")
    assert told.count("model") == 8


def test_limits_and_the_two_loops_are_told(rates):
    told = sentences(rates(keep=("p99<=500us",)))
    assert any(one.startswith("p99<=500us is kept, in req/s, by: uvloop_protocol") for one in told)
    (loops,) = [one for one in told if "coordinated omission" in one]
    assert "a closed loop sees a p99 of 1.01 ms, an open one of 194 ms" in loops


def test_a_plain_run_says_nothing_of_it(runs):
    plain = runs.run("a", [runs.cell("threads", [1.0, 2.0])])
    assert list(scaling_sentences(plain)) == []
    assert scaling_tables.grids(plain) == []


def test_sweeps_that_kept_nothing_are_told(rates):
    run = rates(knees={"threads": 95_000.0})
    (one,) = run.scaling.rate_sweeps
    run.scaling.rate_sweeps = [msgspec.structs.replace(one, knee_low_per_s=None)]
    (told,) = knees(run)
    assert told.startswith("threads kept no rate that it was offered in an open loop: it answered")


# Tables


@pytest.mark.parametrize("width", [60, 100, 200])
def test_tables_fit_their_console(swept, rates, workers, width: int):
    for run in (swept(rounds=3), rates(keep=("p99<=5ms",)), workers()):
        out = Console(width=width, record=True, file=io.StringIO())
        show(run, out)
        text = out.export_text()
        assert "threads" in text
        assert max(map(len, text.splitlines())) <= width


def test_knees_are_ranked_and_limits_have_a_column(rates):
    grid = scaling_tables.grids(rates(keep=("p99<=5ms",)))[0]
    assert grid.columns[0].values[0] == "uvloop_protocol"
    assert [one.head for one in grid.columns][-1] == "p99<=5ms\nup to"


def test_the_ladder_marks_what_was_missed(rates):
    ladder = scaling_tables.grids(rates(knees={"threads": 95_000.0}))[1]
    heads = {one.head: one.values[0] for one in ladder.columns}
    assert "200 %" not in heads  # it had left the ladder
    assert heads["160 %"].startswith("~")
    assert not heads["10 %"].startswith("~")


def test_workers_have_a_table_of_rates_and_no_sentence_each(workers):
    run = workers()
    titles = [grid.title for grid in scaling_tables.grids(run)]
    assert "small: requests a second over processes" in titles
    assert not any("against one of the same model" in one for one in sentences(run))


def test_exports_hold_steps_and_tables(rates):
    run = rates(knees={"threads": 95_000.0})
    lines = to_csv(run).decode().splitlines()
    assert len(lines) == 1 + len(run.cells) + len(run.steps)
    assert "offered_per_s" in lines[0]
    assert "rates up to the knee" in to_markdown(run).decode()


# Names


def test_places_are_named_by_what_is_swept():
    assert place("connections", 1) == "1 connection"
    assert place("processes", 2.5) == "2.5 processes"
    assert place("payload", 1024) == "1 KiB"
    assert places("connections", 27.8, 61.2) == "28 and 61"
    assert places("payload", 1536.5, 2048.0) == "1.50 KiB and 2 KiB"
    assert size(700.4) == "700 B"


def test_small_shares_keep_two_digits():
    assert [percent(one) for one in (0.123, 0.0312, 0.00091, 0.0)] == ["12 %", "3.1 %", "0.091 %", "0 %"]


def test_an_interpreter_is_named_where_there_are_several(swept):
    run = swept()
    run.cells[0].interpreter = "3.14"
    assert "3.11" in next(iter(crossings(run)))


def test_a_payload_crossing_is_a_size(swept):
    run = swept(rounds=3)
    (one,) = run.scaling.crossovers
    run.scaling.crossovers = [msgspec.structs.replace(one, over="payload", at=Estimate(5300.5, (4096.0, 6000.2)))]
    assert "at 5.18 KiB (95 % between 4 KiB and 5.86 KiB)" in next(iter(crossings(run)))
