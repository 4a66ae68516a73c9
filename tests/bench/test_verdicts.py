"""What may be said of trials, cells and pairs of cells."""

import msgspec
import numpy as np
import pytest

from concur.bench import verdicts
from concur.bench.placement import Placement
from concur.bench.results import Cell, Warmup
from concur.interpreters.describe import Interpreter
from concur.load.plan import Slice
from tests.bench.trials import COUNTED, cell, trial


def test_a_good_trial_is_ok():
    assert trial().verdict == "ok"


def test_one_wrong_reply_is_enough():
    assert verdicts.of_trial(trial(wrong=1)) == ("wrong", "1 replies differed from what was sent")


@pytest.mark.parametrize("kind", ["lost", "short", "reset", "timed_out", "refused"])
def test_every_kind_of_bad_end_fails_the_trial_and_is_named(kind):
    verdict, reason = verdicts.of_trial(trial(**{kind: 3}))
    assert verdict == "failed"
    assert f"3 {kind.replace('_', ' ')}" in reason


def test_no_reply_at_all_has_failed():
    assert trial(rate=0.0).verdict == "failed"


def test_an_engine_that_was_late_makes_it_void():
    assert trial(on_time=0.98, offered_per_s=1000.0).verdict == "void"
    assert trial(on_time=0.995, offered_per_s=1000.0).verdict == "ok"


APART = Placement(name="pinned", target=(0,), engine=(1,), allotted=1)
SHARED = Placement(name="shared", target=(0, 1), engine=(1,), allotted=2)
ANYWHERE = Placement(name="free", target=None, engine=None, allotted=2)


@pytest.mark.parametrize(
    ("busy", "placement", "expected"),
    [(0.5, APART, True), (0.95, APART, False), (0.5, SHARED, False), (0.5, ANYWHERE, False)],
)
def test_a_late_engine_with_time_to_spare_was_held_up_by_others_on_a_cpu_of_its_own(busy, placement, expected):
    late = trial(on_time=0.98, offered_per_s=1000.0)
    late.engine_busy = busy
    assert verdicts.was_held_up(late, placement) is expected
    assert not verdicts.was_held_up(trial(on_time=0.995, offered_per_s=1000.0), APART)


@pytest.mark.parametrize(
    ("engine", "server", "expected"), [(0.95, 0.9, "engine-bound"), (0.95, 0.97, "ok"), (0.8, 0.5, "ok")]
)
def test_a_busy_engine_beside_an_idle_target_is_the_bound(engine, server, expected):
    busy = trial()
    busy.engine_busy, busy.server_busy = engine, server
    assert verdicts.of_trial(busy)[0] == expected


def test_a_cell_is_as_bad_as_its_worst_trial_and_says_in_how_many():
    made = cell("threads", [1000.0, 1010.0])
    made.trials.append(trial(3, wrong=2))
    verdicts.summarise(made)
    assert made.verdict == "wrong"
    assert made.reason.startswith("in 1 of 3 rounds")


@pytest.mark.parametrize(("late", "expected"), [(1, "ok"), (2, "void")])
def test_an_engine_that_was_late_spoils_a_cell_in_half_of_its_rounds(late, expected):
    made = cell("threads", [1000.0] * (4 - late))
    made.trials += [trial(4 - number, on_time=0.5, offered_per_s=1000.0, rate=10.0) for number in range(late)]
    verdicts.summarise(made)
    assert made.verdict == expected
    assert made.rate_per_s
    assert made.rate_per_s.median == 1000.0


def test_wrong_trials_give_no_figures():
    made = cell("threads", [])
    made.trials.append(trial(1, wrong=2))
    verdicts.summarise(made)
    assert made.rate_per_s is None


def test_a_cell_that_was_never_tried_is_absent_with_its_reason():
    made = cell("threads", [], reason="needs 3.14")
    assert (made.verdict, made.reason) == ("absent", "needs 3.14")


def test_two_groups_of_rounds_are_not_averaged_in_silence():
    assert cell("asyncio_protocol", [30e3, 31e3, 150e3, 152e3, 30.5e3, 151e3]).verdict == "bimodal"


def with_engine(rates: list[float], engine_ns: list[float]) -> Cell:
    """A cell whose engine took so much CPU time for a request in each round."""
    made = cell("threads", rates)
    for one, cost_ns in zip(made.trials, engine_ns, strict=True):
        assert one.load
        one.load = msgspec.structs.replace(one.load, engine_cpu_ns=round(cost_ns * one.load.verified))
    verdicts.summarise(made)
    return made


def test_two_groups_that_the_machines_speed_explains_are_one_state():
    rates = [100e3, 101e3, 102e3, 70e3, 71e3, 70.5e3]
    assert with_engine(rates, [5000.0] * 6).verdict == "bimodal"
    assert with_engine(rates, [5000.0] * 3 + [7100.0] * 3).verdict == "ok"


def test_states_far_apart_are_never_blamed_on_the_machine():
    slow_engine = with_engine([30e3, 31e3, 150e3, 152e3, 30.5e3, 151e3], [25e3, 25e3, 5e3, 5e3, 25e3, 5e3])
    assert slow_engine.verdict == "bimodal"


def test_a_bimodal_cell_tells_both_states_and_the_counter_that_differs_most():
    made = cell("asyncio_protocol", [30e3, 31e3, 150e3, 152e3, 30.5e3, 151e3])
    for one in made.trials:
        assert one.load
        faults = 2 * one.load.verified if one.load.rate_per_s < 1e5 else 0
        one.counters = msgspec.structs.replace(COUNTED, minor_faults=faults, voluntary_switches=one.load.verified)
    verdicts.summarise(made)
    assert made.reason == (
        "its rounds fall into two groups, 30,500 req/s in 3 and 151,000 req/s in 3 of them; "
        "what differs most: minor faults, 2.00 and 0.00 a request"
    )
    for one in made.trials:
        one.counters = None
    verdicts.summarise(made)
    assert made.reason.endswith("no counter tells them apart")


def test_a_range_that_only_grew_with_the_number_of_rounds_is_no_instability():
    random = np.random.default_rng(4)
    rates = (100e3 * random.lognormal(0, 0.1, 100)).tolist()
    assert max(rates) > verdicts.UNSTABLE * min(rates)
    assert cell("threads", rates).verdict == "ok"
    assert cell("threads", (100e3 * random.lognormal(0, 0.35, 100)).tolist()).verdict == "unstable"


def test_a_cell_has_the_warm_up_of_most_of_its_trials():
    made = cell("threads", [1000.0, 1000.0, 1000.0])
    for one, kind in zip(made.trials, ("warm-up", "flat", "warm-up"), strict=True):
        one.warmup = Warmup(kind=kind, levels_per_s=[1.0], steady_after_ns=10**9, steady_after_requests=500)
    verdicts.summarise(made)
    assert made.warmup == "warm-up"
    assert made.steady_after_ns
    assert made.steady_after_ns.median == 1e9
    assert made.steady_after_requests
    assert made.steady_after_requests.median == 500


def test_a_cells_noise_is_known_where_its_windows_have_parts():
    made = cell("threads", [1000.0, 1100.0])
    assert made.noise == {}
    for one in made.trials:
        assert one.load
        slices = [Slice(at_ns=n * 50_000_000, verified=50) for n in range(17)]
        one.load = msgspec.structs.replace(one.load, slices=slices)
    verdicts.summarise(made)
    assert made.noise == {"window": 0.0, "process": 0.0}


def test_rounds_far_apart_are_unstable():
    assert cell("threads", [1000.0, 1300.0, 1900.0]).verdict == "unstable"


def test_a_cells_figures_are_medians_per_request():
    made = cell("threads", [1000.0, 1000.0, 1000.0])
    assert made.rate_per_s
    assert made.rate_per_s.median == 1000.0
    assert made.server_cpu_ns_per_request
    assert made.server_cpu_ns_per_request.user.median == 300_000
    assert made.counters["minor_faults"] == 2.0


def test_a_round_in_which_the_gil_came_back_makes_the_cell_absent_without_a_comparison():
    made = cell("threads", [1000.0, 1000.0])
    made.trials[1].verdict, made.trials[1].reason = "absent", "x turned the GIL back on"
    verdicts.summarise(made)
    assert (made.verdict, made.reason) == ("absent", "in 1 of 2 rounds: x turned the GIL back on")
    (comparison,) = verdicts.compare([cell("callbacks", [1000.0, 1000.0]), made], "callbacks")
    assert comparison.verdict == "not comparable"


@pytest.mark.parametrize(
    ("changes", "bounds"),
    [({}, True), ({"connections": 1}, False), ({"verdict": "failed"}, False), ({"verdict": "absent"}, False)],
)
def test_only_cells_with_all_connections_bound_the_common_rate(changes, bounds):
    made = cell("threads", [1000.0])
    for name, value in changes.items():
        setattr(made, name, value)
    assert verdicts.bounds_the_common_rate(made) is bounds


# What a target is called, and what it is

FREE = Interpreter(short="3.14t", executable="", implementation="CPython", free_threaded=True)
JIT = Interpreter(short="3.14+jit", executable="", implementation="CPython", jit="on")
NO_JIT = Interpreter(short="3.14", executable="", implementation="CPython", jit="off")


@pytest.mark.parametrize(
    ("interpreter", "env", "observed", "reason"),
    [
        (FREE, {}, {"gil": False, "jit": False}, ""),
        (
            FREE,
            {},
            {"gil": True, "gil_turned_on_by": "greenlet._greenlet"},
            "greenlet._greenlet turned the GIL back on",
        ),
        (FREE, {}, {"gil": True}, "an import turned the GIL back on"),
        (FREE, {"PYTHON_GIL": "1"}, {"gil": True}, ""),
        (FREE, {"PYTHON_GIL": "0"}, {"gil": True}, "an import turned the GIL back on"),
        (JIT, {}, {"gil": True, "jit": True}, ""),
        (JIT, {}, {"gil": True, "jit": False}, "its JIT is off"),
        (NO_JIT, {}, {"gil": True, "jit": True}, "its JIT is on"),
        (NO_JIT, {"PYTHON_JIT": "1"}, {"gil": True, "jit": True}, ""),
        (NO_JIT, {}, {"gil": True, "jit": False}, ""),
        (FREE, {}, {}, ""),
    ],
)
def test_a_target_that_is_not_what_it_is_called_is_told(interpreter, env, observed, reason):
    assert verdicts.not_as_named(interpreter, env, observed) == reason
