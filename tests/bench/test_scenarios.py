"""The named loads."""

import pytest

from concur.bench.scenarios import SCENARIOS, scenario
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
