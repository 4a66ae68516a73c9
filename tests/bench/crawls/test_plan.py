"""What a run of crawls will do, in numbers."""

from concur.bench.crawls import scenarios
from concur.bench.crawls.plan import Plan
from concur.bench.plan import Target
from concur.interpreters.describe import Interpreter

HERE = Interpreter(short="3.11", executable="python")


def target(name: str, absent: str = "") -> Target:
    return Target(kind="model", name=name, interpreter=HERE, absent=absent)


def test_absent_targets_and_places_beyond_a_models_bound_are_no_trials():
    targets = [target("threads"), target("sequential"), target("callbacks", absent="needs luck")]
    sweep = scenarios.chosen(["far"], in_flight=[1, 10, 100])
    assert Plan(targets=targets, scenarios=sweep, rounds=2).trials == 2 * (3 + 1)


def test_a_ceiling_is_measured_once_for_each_shape_of_pages():
    chosen = scenarios.chosen(["near", "far", "hostile", "parse"])
    assert sorted(Plan(targets=[], scenarios=chosen).shapes) == [(20, 10 << 10), (100, 200 << 10)]


def test_the_default_run_ends_in_about_three_minutes():
    names = ["sequential", "threads", "callbacks", "generators", "coroutines", "asyncio_protocol", "uvloop_protocol"]
    targets = [target(name) for name in [*names, "gevent_greenlets"]]
    plan = Plan(targets=targets, scenarios=scenarios.chosen(["near", "far"]))
    assert 100 < plan.about_s() < 240
