import re

import pytest

from concur.bench.compare.differences import Difference, environment, other_load, other_machine

RATES = [100.0, 101.0]


def two(runs, **changed):
    return runs.run("a", [runs.cell("threads", RATES)]), runs.run("b", [runs.cell("threads", RATES)], **changed)


def found(reference, new):
    return environment(reference, new, list(zip(reference.cells, new.cells, strict=True)))


def test_the_same_environment_has_no_difference(runs):
    assert found(*two(runs)) == []


@pytest.mark.parametrize("name", ["cpu", "cpus", "architecture", "system", "virtualised"])
def test_another_of_these_is_another_machine(runs, name):
    (apart,) = other_machine(*two(runs, machine=runs.MACHINE | {name: "another"}))
    assert apart.what == name


def test_a_new_kernel_and_governor_are_one_machine_and_shown(runs):
    pair = two(runs, machine=runs.MACHINE | {"kernel": "6.2", "governor": "powersave"})
    assert other_machine(*pair) == []
    assert found(*pair) == [
        Difference(what="kernel", reference="6.1", new="6.2"),
        Difference(what="governor", reference="", new="powersave"),
    ]


def test_what_targets_observed_is_compared_and_said_once(runs):
    reference, new = (runs.run(name, [runs.cell("threads", RATES), runs.cell("callbacks", RATES)]) for name in "ab")
    for cell in new.cells:
        cell.observed = cell.observed | {"version": "3.11.9", "libraries": {"uvloop": "0.22"}}
    assert found(reference, new) == [
        Difference(what="3.11 version", reference="3.11.7", new="3.11.9"),
        Difference(what="3.11 uvloop", reference="", new="0.22"),
    ]


def test_concur_the_plan_and_warnings_count(runs):
    plan = runs.run("a", []).plan | {"warmup_s": 2.0}
    shown = {one.what for one in found(*two(runs, concur="0.2.0", plan=plan, warnings=["A busy machine."]))}
    assert shown == {"concur", "warmup s", "warning"}


def test_stolen_time_counts_from_one_percent_on(runs):
    assert found(*two(runs, machine=runs.MACHINE | {"stolen_share": 0.005})) == []
    (stolen,) = found(*two(runs, machine=runs.MACHINE | {"stolen_share": 0.05}))
    assert (stolen.what, stolen.new) == ("CPU time stolen", "5 %")


def test_the_same_load_is_comparable(runs):
    reference, new = two(runs)
    assert other_load(reference, new, reference.cells[0], new.cells[0]) == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"connections": 8}, r"\(connections: 64 before, 8 now\)"),
        ({"payload_bytes": 1}, "bytes a message: 1024 before, 1 now"),
        ({"churn": True}, "a new connection for each message: none before, yes now"),
    ],
)
def test_another_load_under_the_same_name_is_not_comparable(runs, changed, reason):
    plan = runs.run("a", []).plan | {"scenarios": [runs.SMALL | changed]}
    reference, new = two(runs, plan=plan)
    assert re.search(reason, other_load(reference, new, reference.cells[0], new.cells[0]))


def test_another_window_placement_or_engine_is_not_comparable(runs):
    reference, new = two(runs, plan=runs.run("a", []).plan | {"duration_s": 5.0})
    assert "0.8 s long before and are 5.0 s now" in other_load(reference, new, reference.cells[0], new.cells[0])
    plain = runs.cell("threads", RATES)
    free, slow = runs.cell("threads", RATES, placement="free"), runs.cell("threads", RATES, engine="python")
    assert other_load(reference, reference, plain, free) == "it was pinned before and is free now"
    assert other_load(reference, reference, plain, slow) == "the engine was native before and is python now"


def test_common_rates_must_be_near_each_other(runs):
    def at(rate):
        plan = {"scenarios": [{"name": "steady", "is_open": True}], "common_rate_per_s": rate}
        return runs.run(str(rate), [runs.cell("threads", RATES, scenario="steady", offered_per_s=rate)], plan=plan)

    near, far = other_load(at(100), at(104), at(100).cells[0], at(104).cells[0]), at(150)
    assert near == ""
    assert "offered 100 req/s before and is offered 150 now" in other_load(at(100), far, at(100).cells[0], far.cells[0])
