"""What a plan amounts to."""

from typing import Any

import pytest

from concur.bench.plan import Plan, Target, is_meant
from concur.bench.scenarios import scenario
from concur.interpreters.describe import Interpreter

HERE = Interpreter(short="3.11", executable="", implementation="CPython")


def plan_of(*names: str, **changes: Any) -> Plan:
    targets = [Target(kind="model", name=name, interpreter=HERE) for name in names]
    return Plan(targets=targets, scenarios=[scenario("small"), scenario("steady")], **changes)


@pytest.mark.parametrize(
    ("names", "changes", "expected"),
    [
        (("threads",), {}, 6),
        (("threads", "callbacks"), {}, 18),
        (("threads", "callbacks"), {"twin": False}, 12),
        (("threads", "callbacks"), {"rounds": 1}, 4),
        (("threads", "callbacks"), {"rounds": 1, "until": 0.02}, 6),
        (("threads", "callbacks"), {"rounds": 1, "explain": True}, 8),
    ],
)
def test_trials_are_those_of_all_cells_the_twin_and_the_probes(names, changes, expected):
    assert plan_of(*names, **changes).trials == expected


def test_an_absent_target_takes_no_trial():
    gone = Target(kind="model", name="callbacks", interpreter=HERE, absent="no wheel")
    plan = Plan(targets=[*plan_of("threads").targets, gone], scenarios=[scenario("small")])
    assert plan.trials == 3
    assert not plan.has_twin


def test_a_longer_bound_of_the_warm_up_is_not_expected_to_be_used():
    assert plan_of("threads", warmup_s=10.0).about_s() == plan_of("threads", warmup_s=2.0).about_s()
    assert plan_of("threads", warmup_s=0.1).about_s() < plan_of("threads").about_s()


@pytest.mark.parametrize(
    ("reference", "expected"), [("threads", True), ("threads@3.11", True), ("threads@3.14", False), ("x", False)]
)
def test_a_reference_is_a_model_and_perhaps_an_interpreter(reference, expected):
    assert is_meant(reference, "threads", "threads", "3.11") is expected
