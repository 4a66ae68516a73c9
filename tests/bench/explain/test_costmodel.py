from typing import Any

import numpy as np
import pytest

from concur.bench.counters import Counters
from concur.bench.explain import costmodel
from concur.bench.results import Cell, CpuPerRequest, Estimate, Prediction, Probe, Trial
from concur.bench.scenarios import scenario

COSTS = {
    "trap": 100.0, "recvfrom": 1000.0, "recvfrom in vain": 300.0, "sendto": 4000.0, "epoll_wait": 500.0,
    "epoll_wait event": 120.0, "epoll_wait in vain": 200.0, "poll": 300.0, "poll descriptor": 50.0, "select": 500.0,
    "select descriptor": 60.0, "futex": 250.0, "switch": 1600.0, "sleep": 20_000.0, "preemption": 900.0,
    "wake": 8000.0, "page fault": 1500.0, "accept4": 2000.0, "close": 12_000.0, "close after shutdown": 3000.0,
    "first exchange": 6500.0, "clone": 100_000.0,
    "1024 bytes received": 110.0, "1024 bytes sent": 140.0,
    "102400 bytes received": 9000.0, "102400 bytes sent": 12_000.0,
}  # fmt: skip
ECHO = {"recvfrom": 1.0, "sendto": 1.0}
SMALL = scenario("small")


def cell(calls: dict[str, float] | None = None, *, threads: int = 1, **changed: Any) -> Cell:
    """A cell of so much CPU a request: 2 µs of the interpreter, 6 of the kernel."""
    made = ECHO if calls is None else calls
    counted = Counters(at_ns=1, user_ns=1, system_ns=1, threads=threads)
    trial = Trial(round=1, started_at="", verdict="ok", counters=counted)
    figures: dict[str, Any] = {
        "model": "callbacks", "topology": "1", "interpreter": "3.11", "scenario": "small", "label": "callbacks",
        "server_cpu_ns_per_request": CpuPerRequest(Estimate(8000.0), Estimate(2000.0), Estimate(6000.0)),
        "rate_per_s": Estimate(100_000.0), "server_busy": 1.0, "trials": [trial],
        "counters": {"voluntary_switches": 0.0, "involuntary_switches": 0.0, "minor_faults": 0.0},
        "probe": Probe(verified=1, window_ns=1, rate_per_s=1.0, system_calls=made),
    }  # fmt: skip
    return Cell(**(figures | changed))


def prediction(of: Cell, name: str = "small") -> Prediction:
    found = costmodel.predict(of, scenario(name), COSTS)
    assert found is not None
    return found


def with_prediction(
    label: str, measured_ns: float, predicted_ns: float, name: str = "small", user_ns: float = 0.0
) -> Cell:
    cpu = CpuPerRequest(Estimate(measured_ns), Estimate(user_ns), Estimate(measured_ns - user_ns))
    told = Prediction(total_ns=predicted_ns, parts_ns={"interpreter": user_ns, "sendto": predicted_ns - user_ns})
    return cell(label=label, scenario=name, server_cpu_ns_per_request=cpu, predicted=told)


def test_a_request_is_the_sum_of_its_parts() -> None:
    found = prediction(cell(ECHO | {"epoll_wait": 0.1}))
    assert found.parts_ns["recvfrom"] == 1000
    assert found.parts_ns["sendto"] == 4000
    assert found.parts_ns["epoll_wait"] == pytest.approx(0.1 * 500 + 0.9 * 120)
    assert found.parts_ns["message bytes"] == 250
    assert found.parts_ns["interpreter"] == 2000
    assert found.total_ns == pytest.approx(sum(found.parts_ns.values()))
    assert costmodel.kernel_ns(found) == pytest.approx(found.total_ns - 2000)


def test_nothing_is_predicted_of_what_nobody_counted() -> None:
    assert costmodel.predict(cell(probe=None), SMALL, COSTS) is None
    assert costmodel.predict(cell({}), SMALL, COSTS) is None
    assert costmodel.predict(cell(server_cpu_ns_per_request=None), SMALL, COSTS) is None


def test_a_second_read_of_a_request_found_nothing() -> None:
    assert prediction(cell({"recvfrom": 2.0, "sendto": 1.0})).parts_ns["recvfrom"] == pytest.approx(1300)


def test_every_read_of_a_large_message_found_something() -> None:
    found = prediction(cell({"recvfrom": 2.0, "sendto": 1.0}), "large")
    assert found.parts_ns["recvfrom"] == pytest.approx(2000)
    assert found.parts_ns["message bytes"] == 21_000


@pytest.mark.parametrize(("read", "write"), [("read", "write"), ("recvmsg", "sendmsg"), ("readv", "writev")])
def test_a_socket_is_read_under_any_name(read: str, write: str) -> None:
    found = prediction(cell({read: 1.0, write: 1.0}))
    assert found.parts_ns[read] == 1000
    assert found.parts_ns[write] == 4000
    assert "message bytes" not in found.without


def test_two_names_for_reading_share_the_one_read_that_finds_data() -> None:
    found = prediction(cell({"read": 1.0, "recvfrom": 1.0, "sendto": 1.0}))
    assert found.parts_ns["read"] + found.parts_ns["recvfrom"] == pytest.approx(1300)


def test_waits_beyond_one_an_event_were_in_vain() -> None:
    assert prediction(cell(ECHO | {"epoll_pwait": 3.0})).parts_ns["epoll_pwait"] == pytest.approx(500 + 2 * 200)


def test_select_asks_about_each_connection() -> None:
    found = prediction(cell(ECHO | {"pselect6": 0.5}))
    assert found.parts_ns["pselect6"] == pytest.approx(0.5 * (500 + 63 * 60))
    fewer = prediction(cell(ECHO | {"pselect6": 0.5}, connections=2))
    assert fewer.parts_ns["pselect6"] == pytest.approx(0.5 * 560)


def test_a_new_connection_costs_its_accepting_its_first_exchange_and_its_end() -> None:
    found = prediction(cell({"recvfrom": 2.0, "sendto": 1.0, "accept": 1.0, "close": 1.0}), "churn")
    assert found.parts_ns["accept"] == 2000
    assert found.parts_ns["new connections"] == 1500
    assert found.parts_ns["close"] == 12_000
    assert "new connections" not in prediction(cell()).parts_ns


def test_closing_is_cheap_after_a_shutdown() -> None:
    found = prediction(cell(ECHO | {"shutdown": 1.0, "close": 2.0}), "churn")
    assert found.parts_ns["close"] == pytest.approx(3000 + 12_000)


def test_calls_without_a_cost_count_as_a_bare_trap_and_are_named() -> None:
    found = prediction(cell(ECHO | {"other": 2.0, "io_uring_enter": 1.0, "gettid": 1.0}))
    assert found.parts_ns["other"] == 200
    assert found.parts_ns["io_uring_enter"] == 100
    assert found.parts_ns["gettid"] == 100  # which is little more than a trap
    assert {"other", "io_uring_enter"} <= set(found.without)
    assert "gettid" not in found.without
    assert "other" not in prediction(cell(ECHO | {"other": 0.001})).without


def test_a_server_whose_reads_do_not_show_is_said_to_have_none() -> None:
    found = prediction(cell({"io_uring_enter": 1.0}))
    assert "message bytes" in found.without
    assert "message bytes" not in found.parts_ns


def test_a_thread_that_hands_over_costs_less_than_one_that_leaves_the_cpu_idle() -> None:
    counters = {"voluntary_switches": 1.0, "involuntary_switches": 0.5, "minor_faults": 0.0}
    busy = prediction(cell(threads=64, counters=counters)).parts_ns["switches"]
    assert busy == pytest.approx(1600 + 450)
    alone = prediction(cell(threads=1, counters=counters)).parts_ns["switches"]
    assert alone == pytest.approx(20_000 + 450)
    half = prediction(cell(threads=64, counters=counters, server_busy=0.5)).parts_ns["switches"]
    assert half == pytest.approx(0.5 * 20_000 + 0.5 * 1600 + 450)


def test_time_in_the_run_queue_is_not_idle() -> None:
    counters = {"run_delay_ns": 4000.0}  # of each request, 100,000 of them a second: 0.4 of the time
    assert costmodel.idle_share(cell(threads=64, counters=counters, server_busy=0.5)) == pytest.approx(0.1)
    assert costmodel.idle_share(cell(threads=64, counters={"run_delay_ns": 1e6}, server_busy=0.5)) == 0


def test_page_faults_are_the_counters_or_else_the_probes() -> None:
    assert prediction(cell(counters={"minor_faults": 2.0})).parts_ns["page faults"] == 3000
    probed = Probe(verified=1, window_ns=1, rate_per_s=1.0, system_calls=ECHO, page_faults=1.0, switches=0.5)
    found = prediction(cell(counters={}, probe=probed, threads=64))
    assert found.parts_ns["page faults"] == 1500
    assert found.parts_ns["switches"] == 800


def test_what_was_not_counted_is_named() -> None:
    found = prediction(cell(counters={}))
    assert {"page faults", "switches", "waking the engine"} <= set(found.without)


def test_one_connection_wakes_the_engine_each_time() -> None:
    assert prediction(cell(), "one").parts_ns["waking the engine"] == 8000


def test_r_squared_is_one_for_what_was_measured() -> None:
    model = costmodel.fit([with_prediction(str(n), n * 1000.0, n * 1000.0) for n in range(1, 5)], COSTS)
    assert model.r_squared == 1
    assert model.kernel_r_squared == 1
    assert model.cells == 4
    assert model.costs_ns == COSTS


def test_r_squared_is_none_of_what_the_mean_tells_as_well() -> None:
    cells = [with_prediction(str(n), n * 1000.0, 2000.0) for n in (1, 2, 3)]
    assert costmodel.fit(cells, COSTS).r_squared == pytest.approx(0)


def test_r_squared_falls_below_nothing() -> None:
    cells = [with_prediction(str(n), n * 1000.0, 9000.0) for n in (1, 2, 3)]
    assert (costmodel.fit(cells, COSTS).r_squared or 0) < 0


def test_differences_between_scenarios_explain_nothing() -> None:
    """Cells that all cost their scenario's mean: one prediction a scenario is no knowledge of models."""
    cells = [with_prediction(f"{n}", 1000.0 * n, 2000.0) for n in (1, 2, 3)]
    cells += [with_prediction(f"{n}", 90_000 + 1000.0 * n, 92_000.0, "large") for n in (1, 2, 3)]
    assert costmodel.fit(cells, COSTS).r_squared == pytest.approx(0)


def test_the_interpreters_own_time_does_not_help_the_kernels_part() -> None:
    cells = [with_prediction(str(n), n * 10_000.0 + 3000, n * 10_000.0 + 1000, user_ns=n * 10_000.0) for n in (1, 2, 3)]
    model = costmodel.fit(cells, COSTS)
    assert (model.r_squared or 0) > 0.9
    assert model.kernel_r_squared is None  # all kernels' parts are the same: there is no difference to explain


def test_the_cell_that_fits_least_is_named() -> None:
    cells = [
        with_prediction("near", 1000.0, 1100.0),
        with_prediction("half", 1000.0, 500.0),
        with_prediction("ok", 1, 1),
    ]
    model = costmodel.fit(cells, COSTS)
    assert model.worst == "half 3.11 small"
    assert model.worst_ratio == pytest.approx(0.5)
    assert [costmodel.fits(one) for one in cells] == [True, False, True]


def test_too_few_cells_have_no_r_squared() -> None:
    none = costmodel.fit([cell()], COSTS)
    assert (none.cells, none.r_squared, none.worst, none.worst_ratio) == (0, None, "", None)
    two = costmodel.fit([with_prediction(str(n), n, n) for n in (1, 2)], COSTS)
    assert (two.cells, two.r_squared) == (2, None)


def test_r_squared_agrees_with_a_sum_by_hand() -> None:
    measured, predicted = np.array([1.0, 3.0, 5.0]), np.array([2.0, 3.0, 4.0])
    assert costmodel.r_squared(measured, predicted, ["a", "a", "a"]) == pytest.approx(1 - 2 / 8)
