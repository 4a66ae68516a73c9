"""The named loads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.scenarios import SCENARIOS, listed, scenario, size_named, sweep
from concur.errors import UsageError


def test_every_scenario_is_found_by_its_name():
    assert [scenario(one.name) for one in SCENARIOS] == list(SCENARIOS)


def test_an_unknown_scenario_names_the_nearest():
    with pytest.raises(UsageError, match="unknown scenario 'smal'.*Did you mean small"):
        scenario("smal")


def test_what_comes_after_another_comes_after_one_that_exists():
    assert {one.after for one in SCENARIOS if one.after} <= {one.name for one in SCENARIOS}


def test_only_dosed_scenarios_share_all_cpus_with_the_engine():
    assert {one.name for one in SCENARIOS if one.placement == "shared"} == {
        one.name for one in SCENARIOS if one.is_dosed
    }


# Sweeps

COUNTS, SIZES = (1, 8, 512), (64, 1_024)


def test_a_sweep_has_every_number_with_every_payload_and_a_name_for_each():
    found = sweep(scenario("small"), COUNTS, SIZES)
    assert [(one.payload_bytes, one.connections) for one in found] == [(s, c) for s in SIZES for c in COUNTS]
    assert found[0].name == "small, 1 connection, 64 B"
    assert found[-1].name == "small, 512 connections, 1 KiB"
    assert {one.variant_of for one in found} == {"small"}


def test_one_value_changes_the_load_and_not_the_name():
    (one,) = sweep(scenario("small"), (8,), (64,))
    assert (one.name, one.variant_of, one.connections, one.payload_bytes) == ("small", "", 8, 64)
    assert sweep(scenario("small")) == [scenario("small")]


def test_a_name_says_only_what_is_swept():
    assert [one.name for one in sweep(scenario("small"), (8, 64), (64,))] == [
        "small, 8 connections",
        "small, 64 connections",
    ]
    assert [one.name for one in sweep(scenario("small"), (), (64, 102_400))] == ["small, 64 B", "small, 100 KiB"]


def test_a_value_given_twice_is_swept_once():
    assert len(sweep(scenario("small"), (8, 8, 64), (64, 64))) == 2


def test_a_variant_comes_after_the_same_variant_of_what_it_needs():
    before = {one.name for one in sweep(scenario("small"), COUNTS, SIZES)}
    assert {one.after for one in sweep(scenario("steady"), COUNTS, SIZES)} == before


@given(st.lists(st.integers(1, 10**6), unique=True), st.lists(st.integers(0, 2**31), unique=True))
def test_no_two_variants_have_one_name(counts: list[int], sizes: list[int]):
    names = [one.name for one in sweep(scenario("small"), counts, sizes)]
    assert len(set(names)) == len(names) == max(1, len(counts)) * max(1, len(sizes))


@pytest.mark.parametrize(
    ("size_bytes", "name"), [(0, "0 B"), (64, "64 B"), (1_000, "1000 B"), (1_536, "1536 B"), (2**21, "2 MiB")]
)
def test_a_size_is_told_without_a_fraction(size_bytes: int, name: str):
    assert size_named(size_bytes) == name


def test_a_sweep_is_told_as_one():
    swept = [*sweep(scenario("small"), COUNTS, SIZES), *sweep(scenario("steady"), COUNTS, SIZES)]
    assert listed(swept) == (
        "small over 1, 8, 512 connections × 64 B, 1 KiB; steady over 1, 8, 512 connections × 64 B, 1 KiB"
    )
    assert listed(sweep(scenario("small"), (), SIZES)) == "small over 64 B, 1 KiB"
    assert listed([scenario("small"), scenario("steady")]) == "small, steady"
