"""From counts to figures: one request's share, and counters that run backwards."""

import msgspec
import pytest

from concur.bench.probe.probe_figures import fill_counts, fill_inside, growth, requests_between
from concur.bench.probe.tracing import Counted
from concur.bench.results import Probe
from concur.load.plan import LoadResult, Slice

MS = 1_000_000
WINDOW = LoadResult(
    engine="native", opened_ns=1000 * MS, window_ns=200 * MS, sent=400, verified=400, wrong=0, lost=0, short=0,
    reset=0, timed_out=0, refused=0, rate_per_s=2000.0, offered_per_s=None, on_time=None, backlog=0, latency_ns={},
    histogram=[], connect_ns={}, send_lag_ns={}, fairness=1.0, engine_cpu_ns=0,
    slices=[Slice(1000 * MS, 100), Slice(1100 * MS, 300)],
)  # fmt: skip


@pytest.mark.parametrize(
    ("began_ms", "ended_ms", "expected"),
    [
        (1000, 1200, 400),
        (1000, 1100, 100),
        (1050, 1150, 50 + 150),
        (990, 1200, 400 + 20),  # outside, the window's mean: 2 a millisecond
        (990, 1210, 400 + 40),
    ],
)
def test_requests_are_those_of_the_slices_between(began_ms, ended_ms, expected):
    assert requests_between(began_ms * MS, ended_ms * MS, WINDOW) == pytest.approx(expected)


def test_a_window_without_slices_counts_at_its_rate():
    bare = msgspec.structs.replace(WINDOW, slices=[])
    assert requests_between(1000 * MS, 1100 * MS, bare) == pytest.approx(200)


def probe(rate_per_s: float = 2000.0) -> Probe:
    return Probe(verified=1000, window_ns=500 * MS, rate_per_s=rate_per_s)


def counted(**more: int) -> Counted:
    return Counted(calls={"recvfrom": 800, "futex": 1200}, began_ns=1000 * MS, ended_ns=1200 * MS, **more)


def test_counts_are_for_one_request_of_the_time_they_were_counted_in():
    found = probe()
    fill_counts(found, counted(switches=200, page_faults=0), WINDOW, "perf")
    assert found.system_calls == {"recvfrom": 2.0, "futex": 3.0}
    assert (found.switches, found.page_faults, found.gil_takes) == (0.5, 0.0, None)
    assert (found.verified, found.window_ns) == (400, 200 * MS)
    assert found.rate_per_s == pytest.approx(2000)
    assert (found.system_call_source, found.missing) == ("perf", [])


def test_a_source_that_slows_much_says_what_that_spoils():
    found = probe(rate_per_s=40_000)
    fill_counts(found, counted(), WINDOW, "strace")
    assert "strace made the target 20 times slower" in found.missing[0]


def answer(at_ms: int, collections: list[int], collecting_ns: int | None, **jit: float) -> dict[str, object]:
    return {"at_ns": at_ms * MS, "collections": collections, "collecting_ns": collecting_ns, "jit": jit}


def test_collections_are_for_one_request_and_their_time_a_share():
    found = probe()
    fill_inside(found, answer(0, [10, 1, 0], 0), answer(500, [110, 2, 0], 50 * MS))
    assert found.collections == pytest.approx([0.1, 0.001, 0.0])
    assert found.collecting_share == pytest.approx(0.1)
    assert (found.jit, found.missing) == ({}, [])


def test_the_jits_work_is_the_windows():
    found = probe()
    fill_inside(found, answer(0, [0], 0, loops=3, tracing_s=0.5), answer(500, [0], 0, loops=5, tracing_s=0.75))
    assert found.jit == {"loops": 2, "tracing_s": 0.25}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (answer(0, [5], 0), answer(500, [4], 0), "collections: their count ran backwards"),
        (answer(0, [5], 10), answer(500, [5], 9), "time in collections: it ran backwards"),
        (answer(0, [5], 0, loops=2), answer(500, [5], 0, loops=1), "the JIT's work: its counts ran backwards"),
        (answer(0, [5], 0), answer(500, [5], None), "does not tell it in seconds"),
        (answer(0, [5, 0], 0), answer(500, [5], 0), "collections: their count ran backwards"),
    ],
)
def test_a_counter_that_runs_backwards_is_refused_and_told(before, after, said):
    found = probe()
    fill_inside(found, before, after)
    assert [clause for clause in found.missing if said in clause]
    assert None in (found.collections, found.collecting_share) or not found.jit


def test_growth_is_counter_by_counter():
    assert growth([1, 2], [1, 5]) == [0, 3]
    assert growth([], []) == []
    assert growth([1, 2], [2, 1]) is None
