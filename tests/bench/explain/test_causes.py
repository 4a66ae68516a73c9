"""The rules, against figures of the size that the planted servers of benchmarks/planted/ showed on two cores."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from concur.bench.explain.causes import RULES, Cause, explain
from concur.bench.results import Cell, CpuPerRequest, Estimate, Probe, Trial
from concur.bench.scenarios import Scenario, scenario
from concur.load.plan import LoadResult

SMALL = scenario("small")
ECHO = {"recvfrom": 1.0, "sendto": 1.0, "epoll_wait": 0.02}


def load(rate_per_s: float, engine_ns: float, offered_per_s: float | None) -> LoadResult:
    verified = int(rate_per_s)
    return LoadResult(
        engine="native", opened_ns=0, window_ns=10**9, sent=verified, verified=verified, wrong=0, lost=0, short=0,
        reset=0, timed_out=0, refused=0, rate_per_s=rate_per_s, offered_per_s=offered_per_s, on_time=None, backlog=0,
        latency_ns={}, histogram=[], connect_ns={}, send_lag_ns={}, fairness=1.0,
        engine_cpu_ns=int(engine_ns * verified), slices=[],
    )  # fmt: skip


def cell(
    busy: float = 0.99,
    cpu_ns: float = 6_600.0,
    *,
    rate_per_s: float | None = None,
    sleeps: float = 0.01,
    queued_ns: float = 0.0,
    faults: float = 0.0,
    engine_ns: float = 4_500.0,
    engine_busy: float = 0.6,
    shares: list[list[int]] | None = None,
    offered_per_s: float | None = None,
    **changed: Any,
) -> Cell:
    """A cell on one CPU: its rate follows from how busy it was and what a request costs."""
    rate = rate_per_s or busy * 1e9 / cpu_ns
    trials = [
        Trial(round=1, started_at="", verdict="ok", load=load(rate, engine_ns, offered_per_s), end={"shares": one})
        for one in shares or [[]]
    ]
    figures: dict[str, Any] = {
        "model": "callbacks",
        "topology": "1",
        "interpreter": "3.11",
        "scenario": "small",
        "label": "callbacks",
        "verdict": "ok",
        "rate_per_s": Estimate(rate),
        "server_cpu_ns_per_request": CpuPerRequest(Estimate(cpu_ns), Estimate(cpu_ns * 0.11), Estimate(cpu_ns * 0.89)),
        "server_busy": busy,
        "engine_busy": engine_busy,
        "counters": {"voluntary_switches": sleeps, "minor_faults": faults, "run_delay_ns": queued_ns},
        "trials": trials,
    }
    return Cell(**(figures | changed))


def probe(calls: dict[str, float] | None = None, waiting: dict[str, float] | None = None, **changed: Any) -> Probe:
    figures: dict[str, Any] = {"verified": 1000, "window_ns": 10**9, "rate_per_s": 1000.0, "looks": 40}
    figures |= {"system_calls": ECHO if calls is None else calls, "waiting": waiting or {"running": 1.0}}
    return Probe(**(figures | changed))


HEALTHY = cell(probe=probe())
THREADS = {"recvfrom": 1.0, "sendto": 1.0, "futex": 0.1}  # on one CPU
PLANTED = {
    Cause.GIL: cell(
        cpu_ns=57_500.0,
        sleeps=1.9,
        probe=probe(THREADS | {"futex": 4.8}, {"gil": 12.9, "running": 30.0, "recvfrom": 22.0, "poll": 1.0}),
    ),
    Cause.WAKE_UPS: cell(0.73, 9_000.0, sleeps=0.98, probe=probe(ECHO | {"epoll_wait": 1.0})),
    Cause.ALLOCATOR: cell(
        cpu_ns=28_200.0, faults=2.0, probe=probe(ECHO | {"mmap": 1.0, "munmap": 1.0}, page_faults=2.0)
    ),
    Cause.SMALL_READS: cell(cpu_ns=105_000.0, probe=probe({"recvfrom": 16.3, "sendto": 16.3, "epoll_wait": 0.3})),
    Cause.BLOCKING_CALL: cell(
        0.06,
        37_000.0,
        sleeps=1.0,
        probe=probe(ECHO | {"clock_nanosleep": 1.0}, {"clock_nanosleep": 0.93, "running": 0.07}),
    ),
    Cause.ACCEPT_IMBALANCE: cell(
        0.5, 40_000.0, shares=[[63, 2], [62, 3]], probe=probe(waiting={"running": 1.0, "epoll_wait": 1.0})
    ),
    Cause.ENGINE: cell(0.5, engine_busy=0.98, engine_ns=13_000.0, probe=probe(waiting={"epoll_wait": 0.5})),
    Cause.GARBAGE_COLLECTION: cell(cpu_ns=372_000.0, probe=probe(collecting_share=0.97, collections=[0.0, 0.0, 0.104])),
    Cause.SLOW_PEER: cell(0.02, 25_000.0, rate_per_s=940.0, sleeps=0.04, probe=probe(waiting={"sendto": 1.0})),
}
SENTENCES = {
    Cause.GIL: "4.8 futex calls a request, 13 of 66 threads at a time waiting for the GIL, 749 µs for each request",
    Cause.WAKE_UPS: "asleep 27 % of the time, 0.98 wake-ups a request: bound by wake-ups, not by Python",
    Cause.ALLOCATOR: "2.0 page faults, 1.0 mmap, 1.0 munmap a request: memory goes back to the kernel and is asked for "
    "again, and 25.1 µs of its 28.2 µs a request are the kernel's",
    Cause.SMALL_READS: "16 recvfrom a request, for 1,024 bytes: it reads 63 at a time",
    Cause.BLOCKING_CALL: "1.0 clock_nanosleep a request, 0.93 of 1.0 threads at a time in clock_nanosleep: a blocking "
    "call holds up the others",
    Cause.ACCEPT_IMBALANCE: "one of its 2 workers accepted 63 of 65 connections (63/2): the others have too "
    "little to do",
    Cause.ENGINE: "the engine was busy 98 %, the server 50 %: the engine is the limit",
    Cause.GARBAGE_COLLECTION: "97 % of its time went to garbage collection, 0.10 collections a request",
    Cause.SLOW_PEER: "1.0 of 1.0 threads at a time in sendto: a peer that does not read holds up the others",
}


@pytest.mark.parametrize("cause", PLANTED)
def test_each_fault_is_named_with_the_figures_it_rests_on(cause: Cause) -> None:
    assert explain(PLANTED[cause], SMALL) == (cause, SENTENCES[cause])


def test_every_cause_has_a_fault_that_shows_it() -> None:
    assert set(PLANTED) == set(Cause) - {Cause.NONE, Cause.NOT_EXPLAINED}
    assert {cause for cause, _ in RULES} == set(Cause) - {Cause.NOT_EXPLAINED}


def test_a_healthy_server_has_no_cause_but_an_account_of_its_time() -> None:
    cause, sentence = explain(HEALTHY, SMALL)
    assert cause == ""
    assert sentence == (
        "busy 99 %: 5.9 µs of its 6.6 µs a request are the kernel's (1.0 recvfrom, 1.0 sendto, 0.02 epoll_wait)"
    )


def test_a_server_whose_cpu_others_took_is_not_idle() -> None:
    cause, sentence = explain(cell(0.4, queued_ns=10_000.0, probe=probe()), SMALL)
    assert cause == ""
    assert sentence.startswith("busy 40 %, and stood in the run queue for most of the rest: ")


def test_an_idle_server_that_no_rule_fits_is_not_explained() -> None:
    cause, sentence = explain(cell(0.4, probe=probe(waiting={"epoll_wait": 0.6, "running": 0.4})), SMALL)
    assert cause == "not explained"
    assert sentence == (
        "not explained: busy 40 % of the time, 0.01 wake-ups a request, "
        "its threads: 0.60 in epoll_wait, 0.40 in running"
    )


def test_without_a_probe_the_timed_figures_alone_speak() -> None:
    assert explain(cell(), SMALL).cause == ""
    assert explain(cell(faults=2.0), SMALL).cause == "allocator"
    assert explain(cell(0.73, sleeps=0.98), SMALL).cause == "wake-ups"
    assert explain(cell(0.4), SMALL).sentence.endswith("and nothing was traced")


def test_what_was_never_measured_is_not_explained_away() -> None:
    absent = Cell(model="a", topology="1", interpreter="3.11", scenario="small", label="a", reason="no library")
    assert explain(absent, SMALL) == ("", "")


# Telling apart


def test_threads_on_one_cpu_hardly_wait_for_the_gil() -> None:
    busy = cell(cpu_ns=10_000.0, sleeps=1.0, probe=probe(THREADS, {"gil": 4.2, "running": 19.0, "recvfrom": 41.0}))
    assert explain(busy, SMALL).cause == ""


def test_threads_that_hand_the_gil_over_for_each_request_wait_for_it_however_busy() -> None:
    waiting = {"gil": 6.0, "running": 10.0, "recvfrom": 49.0}
    told = explain(cell(cpu_ns=20_000.0, sleeps=2.0, probe=probe(THREADS | {"futex": 12.0}, waiting)), SMALL)
    assert told == (
        "gil",
        "12 futex calls a request, 6.0 of 65 threads at a time waiting for the GIL, 121 µs for each request",
    )


def test_many_threads_at_the_gil_need_no_count_of_calls() -> None:
    told = explain(cell(0.5, probe=probe({}, {"gil": 49.0, "running": 11.0, "recvfrom": 5.0})), SMALL)
    assert told.cause == "gil"


def test_locks_are_not_the_gil() -> None:
    told = explain(cell(0.5, probe=probe(THREADS | {"futex": 12.0}, {"lock": 49.0, "running": 11.0})), SMALL)
    assert told.cause == "not explained"


def test_a_stuck_peer_with_a_thread_of_its_own_holds_up_nobody() -> None:
    waiting = {"sendto": 1.0, "recvfrom": 60.0, "running": 4.0, "poll": 1.0}
    assert explain(cell(sleeps=1.0, probe=probe(THREADS, waiting)), SMALL).cause == ""
    assert explain(cell(0.5, sleeps=0.1, probe=probe(THREADS, waiting)), SMALL).cause == "not explained"


def test_a_thread_that_sleeps_now_and_then_is_no_blocking_call() -> None:
    waiting = {"clock_nanosleep": 1.0, "running": 0.4, "epoll_wait": 0.6}
    told = explain(cell(0.4, probe=probe(ECHO | {"clock_nanosleep": 0.001}, waiting)), SMALL)
    assert told.cause == "not explained"


def test_a_call_that_nobody_counts_by_name_blocks_too() -> None:
    told = explain(cell(0.1, sleeps=1.0, probe=probe(ECHO | {"other": 1.0}, {"fsync": 0.9, "running": 0.1})), SMALL)
    assert told == ("blocking call", "0.90 of 1.0 threads at a time in fsync: a blocking call holds up the others")


def test_a_server_that_waits_for_its_workers_or_peers_is_not_blocked() -> None:
    waiting = {"wait4": 1.0, "pselect6": 1.0, "epoll_wait": 1.0, "accept4": 1.0, "no call": 1.0}
    assert explain(cell(0.4, probe=probe(waiting=waiting)), SMALL).cause == "not explained"


DOSED = Scenario(name="mixed", shows="", cpu_units=5, wait_s=0.005, payload_bytes=128)


def test_the_doses_own_wait_blocks_those_alone_who_have_a_thread_for_many() -> None:
    each = {"clock_nanosleep": 50.0, "running": 1.0, "recvfrom": 13.0}
    asleep = probe(ECHO | {"clock_nanosleep": 1.0}, each)
    assert explain(cell(0.5, 50_000.0, sleeps=2.0, rate_per_s=12_000.0, probe=asleep), DOSED).cause == ""
    one = probe(ECHO | {"clock_nanosleep": 1.0}, {"clock_nanosleep": 0.99, "running": 0.01})
    assert explain(cell(0.01, 50_000.0, sleeps=1.0, rate_per_s=190.0, probe=one), DOSED).cause == "blocking call"


def test_connections_that_wait_as_the_dose_says_are_nobodys_fault() -> None:
    told = explain(cell(0.6, 50_000.0, sleeps=0.9, rate_per_s=12_000.0, probe=probe()), DOSED)
    assert told == ("", "busy 60 %: connections spend 94 % of their time in the dose's own wait")


def test_an_open_loop_that_is_kept_up_with_binds_nobody() -> None:
    told = explain(cell(0.3, sleeps=0.9, rate_per_s=10_000.0, offered_per_s=10_000.0, probe=probe()), SMALL)
    assert told.cause == ""
    assert "10,000 req/s is all that it was offered" in told.sentence
    one_in_flight = cell(0.01, rate_per_s=39.0, offered_per_s=40.0, probe=probe())
    assert "39 req/s is all that it was offered" in explain(one_in_flight, SMALL).sentence
    behind = cell(0.3, sleeps=0.9, rate_per_s=8_000.0, offered_per_s=10_000.0, probe=probe())
    assert explain(behind, SMALL).cause == "wake-ups"


def test_with_one_connection_they_take_turns_however_busy() -> None:
    told = explain(cell(0.4, queued_ns=10_000.0, sleeps=0.97, probe=probe()), scenario("one"))
    assert told.cause == "wake-ups"


def test_an_engine_that_costs_more_than_the_server_is_the_limit_though_others_take_its_cpu() -> None:
    slower: dict[str, Any] = {"engine_ns": 13_000.0, "engine_busy": 0.4}
    assert explain(cell(0.3, sleeps=0.6, probe=probe(), **slower), SMALL).cause == "engine"
    assert explain(cell(0.3, sleeps=0.6, probe=probe(), **slower), scenario("one")).cause == "wake-ups"
    assert explain(cell(probe=probe(), **slower), SMALL).cause == ""


def test_one_thread_that_fills_one_of_two_cpus_is_as_busy_as_it_can_be() -> None:
    told = explain(cell(0.5, 200_000.0, rate_per_s=4_950.0, probe=probe()), SMALL)
    assert told.cause == ""
    assert told.sentence.startswith("busy 50 % of its CPUs, one CPU, which is all that one thread can use: ")
    idle = probe(waiting={"running": 2.0})
    assert explain(cell(0.5, 200_000.0, rate_per_s=4_950.0, probe=idle), SMALL).cause == "not explained"


@pytest.mark.parametrize("shares", [[33, 32], [40, 25], [6, 1], [2, 1, 1, 57, 1, 1, 1, 1, 1], [65], []])
def test_shares_that_chance_makes_are_even_enough(shares: list[int]) -> None:
    assert explain(cell(0.5, shares=[shares], probe=probe(waiting={"running": 2.0})), SMALL).cause == "not explained"


def test_the_typical_trial_is_judged_and_not_the_worst() -> None:
    shares = [[63, 2], [33, 32], [34, 31]]
    assert explain(cell(0.5, shares=shares, probe=probe(waiting={"running": 2.0})), SMALL).cause == "not explained"


def test_a_large_message_takes_many_reads() -> None:
    large = scenario("large")
    assert explain(cell(cpu_ns=60_000.0, probe=probe({"recvfrom": 4.0, "sendto": 3.0})), large).cause == ""
    assert explain(cell(cpu_ns=60_000.0, probe=probe({"recvfrom": 25.0, "sendto": 25.0})), large).cause == "small reads"


def test_new_processes_fault_by_nature() -> None:
    forks = probe(ECHO | {"clone": 1.0}, page_faults=490.0)
    assert explain(cell(cpu_ns=3e6, faults=490.0, probe=forks), SMALL).cause == ""


def test_a_server_held_up_is_not_called_asleep_for_its_wake_ups() -> None:
    assert PLANTED[Cause.BLOCKING_CALL].counters["voluntary_switches"] >= 0.5
    assert explain(PLANTED[Cause.BLOCKING_CALL], SMALL).cause == "blocking call"


def test_time_in_the_run_queue_is_told_where_it_is_not_all() -> None:
    told = explain(cell(0.2, queued_ns=6_600.0, probe=probe(waiting={"epoll_wait": 0.4})), SMALL)
    assert told.sentence.startswith(
        "not explained: busy 20 % of the time, in the run queue 20 %, as others used its CPU, "
    )


# On either side of each bound

SIDES: dict[str, tuple[Cause, Cell, Cell]] = {
    "collecting": (
        Cause.GARBAGE_COLLECTION,
        cell(probe=probe(collecting_share=0.05)),
        cell(probe=probe(collecting_share=0.15)),
    ),
    "held up in a call": (
        Cause.BLOCKING_CALL,
        cell(0.5, probe=probe(ECHO | {"flock": 1.0}, {"flock": 0.15, "running": 0.85})),
        cell(0.5, probe=probe(ECHO | {"flock": 1.0}, {"flock": 0.25, "running": 0.75})),
    ),
    "calls now and then": (
        Cause.BLOCKING_CALL,
        cell(0.5, probe=probe(ECHO | {"flock": 0.03}, {"flock": 0.5, "running": 0.5})),
        cell(0.5, probe=probe(ECHO | {"flock": 0.1}, {"flock": 0.5, "running": 0.5})),
    ),
    "held up by a peer": (
        Cause.SLOW_PEER,
        cell(0.5, probe=probe(waiting={"sendto": 0.15, "running": 0.85})),
        cell(0.5, probe=probe(waiting={"sendto": 0.25, "running": 0.75})),
    ),
    "reads": (
        Cause.SMALL_READS,
        cell(probe=probe(ECHO | {"recvfrom": 2.5})),
        cell(probe=probe(ECHO | {"recvfrom": 4.0})),
    ),
    "faults": (
        Cause.ALLOCATOR,
        cell(probe=probe(page_faults=0.2)),
        cell(probe=probe(page_faults=0.99)),
    ),
    "futexes": (
        Cause.GIL,
        cell(probe=probe(THREADS | {"futex": 0.6}, {"gil": 4.0, "recvfrom": 61.0})),
        cell(probe=probe(THREADS | {"futex": 1.5}, {"gil": 4.0, "recvfrom": 61.0})),
    ),
    "waiters": (
        Cause.GIL,
        cell(probe=probe(THREADS | {"futex": 3.0}, {"gil": 0.3, "recvfrom": 64.0})),
        cell(probe=probe(THREADS | {"futex": 3.0}, {"gil": 0.7, "recvfrom": 64.0})),
    ),
    "share of waiters": (
        Cause.GIL,
        cell(probe=probe({}, {"gil": 4.2, "recvfrom": 60.8})),
        cell(probe=probe({}, {"gil": 8.0, "recvfrom": 58.0})),
    ),
    "a core that is full": (
        Cause.ENGINE,
        cell(0.99, engine_busy=0.98, probe=probe()),
        cell(0.9, engine_busy=0.98, probe=probe()),
    ),
    "workers that idle": (
        Cause.ACCEPT_IMBALANCE,
        cell(0.99, shares=[[63, 2]], probe=probe()),
        cell(0.7, shares=[[63, 2]], probe=probe()),
    ),
}


@pytest.mark.parametrize("bound", SIDES)
def test_a_cause_is_named_beyond_its_bound_alone(bound: str) -> None:
    cause, within, beyond = SIDES[bound]
    assert explain(within, SMALL).cause != cause
    assert explain(beyond, SMALL).cause == cause


def test_with_few_connections_a_dear_engine_is_not_the_limit() -> None:
    dear = cell(0.5, sleeps=0.1, engine_ns=13_000.0, probe=probe(waiting={"epoll_wait": 0.5}))
    assert explain(dear, structs.replace(SMALL, connections=8)).cause == "not explained"
    assert explain(dear, structs.replace(SMALL, connections=32)).cause == "engine"


def test_in_the_open_loop_the_engine_waits_for_its_time() -> None:
    behind = cell(0.3, rate_per_s=8_000.0, offered_per_s=10_000.0, engine_ns=13_000.0, probe=probe())
    assert explain(behind, scenario("steady")).cause != "engine"


def test_a_dose_that_waits_a_little_is_not_what_a_connection_does_all_the_time() -> None:
    told = explain(cell(0.5, 50_000.0, rate_per_s=6_400.0, probe=probe(waiting={"epoll_wait": 0.5})), DOSED)
    assert told.cause == "not explained"


NAMES = st.sampled_from(["running", "gil", "lock", "no call", "epoll_wait", "sendto", "clock_nanosleep", "call 999"])
FIGURE = st.floats(0, 1e6)


@given(
    busy=st.floats(0, 2),
    waiting=st.dictionaries(NAMES, FIGURE),
    calls=st.dictionaries(st.sampled_from(["recvfrom", "futex", "mmap", "other"]), FIGURE),
    shares=st.lists(st.lists(st.integers(0, 100), max_size=5), max_size=3),
    rate=st.floats(1e-3, 1e9),
)
def test_whatever_was_seen_there_is_one_line_about_it(
    busy: float, waiting: dict[str, float], calls: dict[str, float], shares: list[list[int]], rate: float
) -> None:
    seen = cell(busy, rate_per_s=rate, shares=shares, probe=probe(calls, waiting))
    cause, sentence = explain(seen, SMALL)
    assert sentence
    assert "\n" not in sentence
    assert (cause == Cause.NOT_EXPLAINED) == sentence.startswith("not explained: ")
