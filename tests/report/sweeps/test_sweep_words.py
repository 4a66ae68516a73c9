"""What is said of a sweep: where a ratio is large, where there is none, and why."""

from collections.abc import Callable

from concur.report.sweep_words import sweep_sentences
from concur.report.sweeps import Place

FAST, SLOW = "uvloop_protocol", "asyncio_protocol"


def said(sweep_of, ratio: Callable[[int, int], float], **changed) -> str:
    run = sweep_of({SLOW: lambda size, count: 10_000.0, FAST: lambda size, count: 10_000.0 * ratio(size, count)})
    for cell in run.cells:
        for name, value in changed.get(cell.model, {}).items():
            setattr(cell, name, value)
    (sentence,) = sweep_sentences(run)
    return sentence


def test_a_plain_run_says_nothing(default):
    assert list(sweep_sentences(default)) == []


def test_it_says_where_twice_the_rate_holds_and_where_hardly_any_difference_does(sweep_of):
    sentence = said(sweep_of, lambda size, count: 3.0 if (size, count) == (64, 8) else 1.1)
    assert sentence.startswith(f"{FAST} against {SLOW}: at least 2× at 8 connections with 64 B (3.00×)")
    assert "under 1.2× at 1 connection with 64 B, at any number of connections with 1 KiB (1.10×)" in sentence


def test_what_all_places_have_in_common_is_not_listed(sweep_of):
    assert "at least 2× everywhere (3.00×)" in said(sweep_of, lambda size, count: 3.0)
    assert "at 8 connections (3.00×)" in said(sweep_of, lambda size, count: 3.0 if count == 8 else 1.0)
    assert f"{FAST} against {SLOW}: everywhere 1.50×" in said(sweep_of, lambda size, count: 1.5)


def test_slower_is_no_small_gain(sweep_of):
    sentence = said(sweep_of, lambda size, count: 0.5 if size == 64 else 1.0)
    assert "slower at any number of connections with 64 B (0.50×)" in sentence
    assert "under 1.2× at any number of connections with 1 KiB (1.00×)" in sentence


def test_an_interval_that_reaches_below_two_is_not_at_least_two(sweep_of):
    run = sweep_of({SLOW: lambda size, count: 10_000.0, FAST: lambda size, count: 21_000.0}, spread=0.6)
    (sentence,) = sweep_sentences(run)
    assert sentence.startswith(f"{FAST} against {SLOW}: everywhere 2.10×")


def test_page_faults_of_the_slower_one_are_the_reason(sweep_of):
    faults = {SLOW: {"counters": {"minor_faults": 2.0}}, FAST: {"counters": {"minor_faults": 0.0}}}
    told = f"where {SLOW} takes 2.0 page faults a request, and {FAST} 0."
    assert said(sweep_of, lambda size, count: 3.0, **faults).endswith(told)
    assert "page faults" not in said(sweep_of, lambda size, count: 0.5, **faults)


def test_servers_that_are_not_busy_wait_for_messages(sweep_of):
    idle = {SLOW: {"server_busy": 0.3}, FAST: {"server_busy": 0.25}}
    sentence = said(sweep_of, lambda size, count: 1.0, **idle)
    assert f"where both wait for the next message ({SLOW} busy 30 %, {FAST} busy 25 %)" in sentence


def test_servers_whose_cpu_others_use_are_told_so(sweep_of):
    queued = {"counters": {"run_delay_ns": 40_000.0}, "server_busy": 0.5}
    sentence = said(sweep_of, lambda size, count: 1.0, **{SLOW: queued, FAST: queued})
    assert "where both stood in the run queue for 40 % of the time: others use their CPU" in sentence


def test_where_both_are_the_kernels_no_loop_makes_a_difference(sweep_of):
    assert "where 60 % of the CPU time of both is the kernel's" in said(sweep_of, lambda size, count: 1.0)


def test_without_faults_the_cpu_time_says_where_the_difference_lies(sweep_of, make):
    costs = [make["cell"](cpu_ns=ns).server_cpu_ns_per_request for ns in (12_000.0, 6_000.0)]
    slow, fast = ({"server_cpu_ns_per_request": cost} for cost in costs)
    sentence = said(sweep_of, lambda size, count: 2.5, **{SLOW: slow, FAST: fast})
    assert f"where {SLOW} takes 7.20 µs in the kernel a request, and {FAST} 3.60" in sentence
    assert " where " not in said(sweep_of, lambda size, count: 2.5, **{SLOW: fast, FAST: slow})


def test_several_pairs_are_told_together_first(sweep_of):
    names = ("asyncio_streams", "uvloop_streams", SLOW, FAST)
    rates = {name: (lambda size, count, name=name: 30_000.0 if name == FAST else 10_000.0) for name in names}
    first, *others = sweep_sentences(sweep_of(rates))
    assert first.startswith("uvloop against asyncio, 2 pairs in 4 loads (8 ratios): at least 2× in 4 (3.00×)")
    assert "under 1.2× in 4 (1.00×), all of them since most of the CPU time of both is the kernel's" in first
    assert len(others) == 2


def test_what_is_not_comparable_is_left_out(sweep_of):
    run = sweep_of({SLOW: lambda size, count: 10_000.0, FAST: lambda size, count: 30_000.0})
    for cell in run.cells:
        cell.verdict = "engine-bound" if cell.model == SLOW else "ok"
    assert list(sweep_sentences(run)) == []


def test_a_sweep_of_payloads_alone_speaks_of_no_connections(sweep_of):
    rates = {SLOW: lambda size, count: 10_000.0, FAST: lambda size, count: 30_000.0 if size == 64 else 10_000.0}
    (sentence,) = sweep_sentences(sweep_of(rates, places=[Place(64, 8), Place(1024, 8)]))
    assert "at least 2× with 64 B (3.00×)" in sentence
    assert "under 1.2× with 1 KiB" in sentence
