"""Where each model of a sweep leaves the line of latency."""

import pytest

from concur.report import crawls_sweep_words


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ({1: 19, 20: 390, 100: 900, 500: 800},
         "threads follows the line to 20 in flight; then its CPU is busy: 900 pages/s at 100."),
        ({1: 19, 20: 390}, "threads follows the line to 20 in flight, 390 pages/s, as far as was measured."),
        ({1: 10, 20: 300}, "threads is below the line from the first; then its CPU is busy: 300 pages/s at 20."),
    ],
)  # fmt: skip
def test_where_a_model_leaves_the_line(make, rates, sentence):
    assert sentence in list(crawls_sweep_words.departures(make.swept({"threads": rates})))


def test_a_bounded_model_has_its_reason_at_the_end_of_the_line(make):
    run = make.swept({"threads": {1: 19, 20: 390}, "sequential": {1: 19}})
    wanted = "sequential follows the line to 1 in flight, 19.0 pages/s; at most 1 in flight: it asks for one page"
    assert any(sentence.startswith(wanted) for sentence in crawls_sweep_words.departures(run))


def test_without_latency_there_is_no_line_to_follow(make):
    run = make.swept({"threads": {1: 500, 20: 900}})
    for cell in run.cells:
        cell.ideal_per_s = None
    assert list(crawls_sweep_words.departures(run)) == ["threads fetches 900 pages/s at 20 in flight, its most."]


def test_who_waits_beyond_the_line_is_not_said_to_compute(make):
    run = make.swept({"threads": {1: 19, 20: 200}}, busy=0.5)
    (told,) = crawls_sweep_words.departures(run)
    assert told.endswith("then it waits, its CPU busy 50 %: 200 pages/s at 20.")
