"""What settings mean, where they ask for sweeps: the plan that is made of them."""

import pytest

from concur.bench import choose
from concur.bench.plan import Plan
from concur.bench.scaling import concluding
from concur.cli import planning, settings
from concur.cli.planning import kept_by, make_plan
from concur.errors import UsageError


@pytest.fixture(autouse=True)
def nothing_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(choose, "missing_models", lambda interpreter: {})
    monkeypatch.chdir(tmp_path)


def plan_of(**flags: str) -> Plan:
    every = dict.fromkeys(settings.BENCH) | {"models": "threads,callbacks"} | flags
    return make_plan(settings.merge(every, None), [])


def test_a_rate_sweep_takes_the_closed_loops_and_their_steps():
    plan = plan_of(rate_sweep="yes")
    assert plan.scenarios[0].name == "small"
    assert all(one.is_step and one.after == "small" for one in plan.scenarios[1:])
    assert plan.keep == []


def test_steps_have_neither_twins_nor_a_trial_that_looks():
    plan = plan_of(rate_sweep="yes", explain="yes")
    assert plan.trials_of(plan.scenarios[0]) == (9, 2)
    assert plan.trials_of(plan.scenarios[1]) == (6, 0)
    assert plan.trials == 11 + 6 * (len(plan.scenarios) - 1)


def test_a_limit_asks_for_a_rate_sweep():
    plan = plan_of(keep="p99<=5ms\np50<1ms")
    assert plan.keep == ["p99<=5ms", "p50<1ms"]
    assert any(one.is_step for one in plan.scenarios)


def test_ranges_are_sweeps():
    plan = plan_of(scenarios="small", connections="1..4", payload="64..128")
    assert [(one.connections, one.payload_bytes) for one in plan.scenarios] == [
        (1, 64), (2, 64), (4, 64), (1, 128), (2, 128), (4, 128)
    ]  # fmt: skip
    assert [each.topology for each in plan_of(models="threads", workers="1..3:processes").targets] == [
        "1",
        "2 processes",
        "3 processes",
    ]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"rate_sweep": "yes", "rate": "1k"}, "finds the rates by itself"),
        ({"rate_sweep": "yes", "connections": "1..8"}, "nothing else at the same time"),
        ({"rate_sweep": "yes", "scenarios": "churn"}, "has no open loop"),
        ({"keep": "p99"}, "is no comparison"),
        ({"keep": "p99>5ms"}, "nothing that a rate could keep"),
        ({"connections": "8..1"}, "runs backwards"),
        ({"workers": "1..4"}, "does not say as what"),
        ({"workers": "1..4:proceses"}, "unknown kind of workers"),
        ({"workers": "1..9000:threads"}, "N from 1 to 1024"),
        ({"workers": ","}, "no model or server is named"),
        ({"models": ","}, "no model or server is named"),
        ({"scenarios": ","}, "no scenario is named"),
    ],
)
def test_sweeps_that_make_no_sense_are_refused(flags: dict[str, str], told: str):
    with pytest.raises(UsageError, match=told):
        plan_of(**flags)


def test_another_limit_is_read_off_a_run_made_before(runs):
    closed = runs.cell("threads", [10_000.0] * 2)
    step = runs.cell("threads", [1_000.0] * 2, scenario="small, 10 % of capacity", offered_per_s=1_000.0)
    told = [{"name": "small"}, {"name": step.scenario, "is_step": True, "after": "small", "is_open": True}]
    run = runs.run("a", [closed], steps=[step], plan={"scenarios": told})
    step.offered_per_s = 1_000.0
    run.scaling = concluding.scaling(run)
    again = kept_by(run, ["p99<=1s"])
    assert again.scaling
    assert [one.condition for one in again.scaling.rate_sweeps[0].kept] == ["p99<=1s"]
    assert kept_by(run, []) is run


def test_a_limit_of_a_run_without_a_rate_sweep_is_refused(runs):
    with pytest.raises(UsageError, match="needs a rate sweep"):
        kept_by(runs.run("a", [runs.cell("threads", [1.0])]), ["p99<=5ms"])


def test_without_limits_nothing_is_imported_or_asked():
    assert planning.limits_of("") == []
