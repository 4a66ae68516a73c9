"""Which CPUs either side gets, for machines of any size."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.placement import Kind, Placement, arrange, kind_named, parse_cpu_list, pin, place
from concur.errors import UsageError

CPUS = st.lists(st.integers(0, 200), min_size=1, max_size=16, unique=True).map(sorted)
KINDS: list[Kind] = ["pinned", "shared", "free"]


def pinned(needs: int, cpus: list[int], siblings: list[set[int]] | None = None) -> Placement:
    return arrange("pinned", needs, cpus, siblings=siblings or [])


def test_two_cpus_are_one_for_each() -> None:
    placement = pinned(1, [0, 1])
    assert (placement.name, placement.target, placement.engine, placement.allotted) == ("pinned", (1,), (0,), 1)
    assert placement.reason == ""


def test_too_few_cpus_are_shared_and_it_says_so() -> None:
    placement = pinned(2, [4, 5])
    assert (placement.name, placement.target, placement.allotted) == ("shared", (4, 5), 2)
    assert placement.reason == "it needs 2 for the target and one for the engine, and there are 2 CPUs: they share"
    assert "there is one CPU" in pinned(1, [3]).reason


def test_a_core_of_its_own_is_not_a_hyperthread_of_the_other_s() -> None:
    placement = pinned(1, [0, 1, 2, 3], [{0, 1}, {2, 3}])
    assert (placement.target, placement.engine, placement.reason) == ((3,), (1,), "")


def test_two_hyperthreads_of_one_core_are_said_to_be_that() -> None:
    assert "two hyperthreads of one core" in pinned(1, [0, 1], [{0, 1}]).reason


def test_the_target_of_a_cpu_scenario_has_all_cpus_and_the_engine_one_of_them() -> None:
    placement = arrange("shared", 1, [2, 3, 7])
    assert (placement.target, placement.engine, placement.allotted) == ((2, 3, 7), (7,), 3)
    assert "shares" in placement.reason


def test_where_nothing_can_be_pinned_the_scheduler_decides_and_it_says_so() -> None:
    placement = arrange("pinned", 1, range(8), can_pin=False)
    assert (placement.name, placement.target, placement.engine) == ("free", None, None)
    assert placement.reason
    assert arrange("free", 1, range(8)).reason == ""


@given(st.sampled_from(KINDS), st.integers(1, 8), CPUS)
def test_either_side_always_has_a_cpu_that_is_there(kind: Kind, needs: int, cpus: list[int]) -> None:
    placement = arrange(kind, needs, cpus, siblings=[])
    assert placement.allotted >= 1
    for side in (placement.target, placement.engine):
        assert side is None or (side and set(side) <= set(cpus))
    if placement.name == "pinned":
        assert not set(placement.target or ()) & set(placement.engine or ())
        assert placement.allotted == len(placement.target or ()) == needs
    assert placement.name == kind or placement.reason


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not pin")
def test_only_the_cpus_of_this_process_s_affinity_count() -> None:
    before = os.sched_getaffinity(0)
    one = min(before)
    try:
        pin(0, [one])
        placement = place("pinned")
        assert (placement.name, placement.target, placement.engine) == ("shared", (one,), (one,))
        pin(0, None)
        assert os.sched_getaffinity(0) == {one}
    finally:
        os.sched_setaffinity(0, before)


def test_an_unknown_placement_is_refused_with_those_that_exist() -> None:
    assert kind_named("shared") == "shared"
    with pytest.raises(UsageError, match="Did you mean pinned"):
        kind_named("pined")


@pytest.mark.parametrize(("text", "cpus"), [("0-2,5\n", (0, 1, 2, 5)), ("3", (3,)), ("\n", ())])
def test_the_kernel_s_cpu_lists_are_read(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus
