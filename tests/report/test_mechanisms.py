from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.results import Run
from concur.report.mechanisms import (
    bimodal,
    buffers_kept,
    calmed,
    dose_units,
    engine_bound,
    page_faults,
    server_bound,
    switches,
    two_states,
)

Make = dict[str, Callable[..., Any]]
REMEDY = {"MALLOC_TOP_PAD_": "16777216"}


def test_asyncios_page_faults_have_a_cause_and_a_remedy(default: Run) -> None:
    assert list(page_faults(default)) == [
        "asyncio_protocol took 2.0 page faults a request: asyncio allocates a 256 KiB buffer for each read, and glibc "
        "hands that memory back to the kernel each time, so the next read pays for it again (16.4 µs of its 27.3 µs "
        "CPU a request are the kernel's). --env MALLOC_TOP_PAD_=16777216 keeps it."
    ]


def test_no_cause_is_claimed_for_others_page_faults(make: Make) -> None:
    (sentence,) = page_faults(make["run"]([make["cell"](faults=1.5)]))
    assert "asyncio" not in sentence
    assert sentence.endswith("concur bench -m threads --env MALLOC_TOP_PAD_=16777216")


def test_a_server_of_ones_own_keeps_its_place_in_the_command(make: Make) -> None:
    run = make["run"]([make["cell"]("mine", faults=1.5)], command=["/somewhere/concur", "bench", "./mine.py"])
    (sentence,) = page_faults(run)
    assert sentence.endswith(": concur bench ./mine.py --env MALLOC_TOP_PAD_=16777216")


def test_a_remedy_that_did_not_help_is_not_offered_again(make: Make) -> None:
    (sentence,) = page_faults(make["run"]([make["cell"]("asyncio_protocol", faults=2.0, env=REMEDY)]))
    assert "even with MALLOC_TOP_PAD_=16777216" in sentence


def test_few_page_faults_are_no_riddle(make: Make) -> None:
    assert list(page_faults(make["run"]([make["cell"](faults=0.4), make["cell"](counters={})]))) == []


def test_faults_at_a_common_rate_are_not_about_capacity(make: Make) -> None:
    assert list(page_faults(make["run"]([make["steady"]("asyncio_protocol", 5e5, faults=2.0)]))) == []


def test_the_remedys_effect_is_told_where_it_was_tried(make: Make) -> None:
    plain = make["cell"]("asyncio_protocol", 36_000.0, faults=2.0)
    cured = make["cell"]("asyncio_protocol", 160_000.0, env=REMEDY, label="asyncio_protocol MALLOC_TOP_PAD_=16777216")
    assert list(calmed(make["run"]([plain, cured]))) == [
        "With MALLOC_TOP_PAD_=16777216, asyncio_protocol goes from 36,000 req/s to 160,000 req/s (4.44×), "
        "and from 2.0 to 0 page faults a request."
    ]


def test_busy_servers_show_their_capacity(make: Make) -> None:
    cells = [make["cell"](), make["cell"]("callbacks")]
    assert list(server_bound(make["run"](cells))) == [
        "All 2 servers were busy at least 95 % of their time: the rates are their capacity."
    ]


def test_a_server_that_had_time_left_has_more_to_give(make: Make) -> None:
    cells = [make["cell"](), make["cell"]("callbacks", server_busy=0.8)]
    assert list(server_bound(make["run"](cells))) == [
        "callbacks was busy 80 % of its time, so 100,000 req/s is not its capacity."
    ]


def test_several_that_had_time_left_share_a_sentence(make: Make) -> None:
    cells = [make["cell"](server_busy=0.7), make["cell"]("callbacks", server_busy=0.8)]
    assert list(server_bound(make["run"](cells))) == [
        "Busy less than 95 % of their time, and so with capacity to spare: threads 70 %, callbacks 80 %."
    ]


def test_one_connection_explains_the_time_left(default: Run) -> None:
    (sentence,) = server_bound(default)
    assert sentence.endswith("not its capacity: with 1 connection it waits for the engine between messages.")


def test_a_cpu_in_use_explains_the_time_left(make: Make) -> None:
    (sentence,) = server_bound(make["run"]([make["cell"](server_busy=0.6, counters={"run_delay_ns": 4_000.0})]))
    assert sentence.endswith(
        "capacity: its threads stood in the run queue for 0.40 s of each second, their CPU being in use."
    )


def test_threads_that_queue_behind_each_other_are_not_blamed_on_the_cpu(make: Make) -> None:
    (sentence,) = server_bound(make["run"]([make["cell"](server_busy=0.6, counters={"run_delay_ns": 400_000.0})]))
    assert sentence.endswith("not its capacity.")


def test_what_is_not_known_is_not_said(make: Make) -> None:
    assert list(server_bound(make["run"]([make["cell"](server_busy=None)]))) == []


def test_an_engine_at_its_limit_is_named(make: Make) -> None:
    run = make["run"]([make["cell"](verdict="engine-bound", engine_busy=0.97, server_busy=0.8)])
    (sentence,) = engine_bound(run)
    assert "the engine, busy 97 %, was the limit" in sentence
    assert list(server_bound(run)) == []


def test_threads_switch_for_messages_and_for_the_gil(default: Run) -> None:
    assert list(switches(default)) == [
        "threads gave up the CPU 1.0 times a request of its own will, and lost it 0.31 times: a thread sleeps until "
        "its connection has a message, and again until it may have the GIL."
    ]


def test_a_gil_that_is_off_is_not_waited_for(make: Make) -> None:
    (sentence,) = switches(make["run"]([make["cell"](switches=(1.0, 0.0), observed={"gil": False})]))
    assert "GIL" not in sentence


def test_two_states_are_told_apart_by_their_faults(make: Make) -> None:
    trials = [make["trial"](0, 160_000.0), make["trial"](1, 36_000.0, 2.0), make["trial"](2, 158_000.0)]
    run = make["run"]([make["cell"]("asyncio_protocol", verdict="bimodal", trials=trials)])
    assert list(bimodal(run)) == [
        "asyncio_protocol has two states, which no median describes: 36,000 req/s in 1 of its rounds, 2.0 page faults "
        "a request and 159,000 req/s in 2 of its rounds, 0 page faults a request. What differs is memory handed back "
        "to the kernel; MALLOC_TOP_PAD_=16777216 keeps it."
    ]


def test_states_with_equal_faults_have_another_cause(make: Make) -> None:
    trials = [make["trial"](0, 160_000.0), make["trial"](1, 36_000.0)]
    (sentence,) = bimodal(make["run"]([make["cell"](verdict="bimodal", trials=trials)]))
    assert "MALLOC" not in sentence


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_trials_have_one_state(make: Make, count: int) -> None:
    trials = [make["trial"](number, 5.0) for number in range(count)]
    assert two_states(trials) == (trials, [])


def test_several_scenarios_are_named(make: Make) -> None:
    cells = [make["cell"](scenario="one", server_busy=0.5), make["cell"](scenario="many")]
    (sentence,) = server_bound(make["run"](cells))
    assert sentence.startswith("threads in one was busy 50 %")


def test_the_doses_unit_is_told_for_each_interpreter(make: Make) -> None:
    here, there = make["cell"](interpreter="3.11"), make["cell"](interpreter="pypy3.11")
    here.observed["dose_unit_ns"], there.observed["dose_unit_ns"] = 10_400.0, 420.0
    assert list(dose_units(make["run"]([here, there]))) == [
        "One unit of the dose's computing took 10.4 µs on 3.11, 420 ns on pypy3.11."
    ]
    assert list(dose_units(make["run"]([make["cell"]()]))) == []


def test_asyncios_lucky_state_is_told_with_the_way_to_the_other(make: Make) -> None:
    cell = make["cell"]("asyncio_protocol", faults=0.0)
    cell.observed["implementation"] = "CPython"
    (sentence,) = buffers_kept(make["run"]([cell]))
    assert "took 0 page faults a request" in sentence
    assert sentence.endswith("--env MALLOC_MMAP_THRESHOLD_=131072")


def test_it_is_told_of_no_other_server_nor_of_another_allocator(make: Make) -> None:
    threads, unlucky, pypy = (
        make["cell"](),
        make["cell"]("asyncio_protocol", faults=2.0),
        make["cell"]("asyncio_protocol"),
    )
    threads.observed["implementation"] = unlucky.observed["implementation"] = "CPython"
    pypy.observed["implementation"] = "PyPy"
    assert list(buffers_kept(make["run"]([threads, unlucky, pypy]))) == []
