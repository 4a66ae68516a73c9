"""From what was typed to targets and scenarios."""

from pathlib import Path

import pytest

from concur import catalog
from concur.bench.plan import choose_scenarios, choose_targets
from concur.errors import UsageError
from concur.interpreters.describe import Interpreter

PYTHON = Interpreter(short="3.11", executable="/usr/bin/python3")
OTHER = Interpreter(short="pypy3.11", executable="/usr/bin/pypy3")
SERVERS = Path(__file__).parent / "servers"


def labels(*arguments: list[str]) -> list[str]:
    names, commands, env = arguments
    return [target.label for target in choose_targets(names, commands, [PYTHON], env)]


def test_default_means_the_models_marked_so():
    assert labels(["default"], [], []) == [row.id for row in catalog.MODELS if row.default]


def test_all_means_all_and_nobody_comes_twice():
    assert labels(["all", "threads"], [], []) == [row.id for row in catalog.MODELS]


def test_every_interpreter_gets_every_model():
    targets = choose_targets(["threads", "callbacks"], [], [PYTHON, OTHER], [])
    assert {(target.name, target.interpreter.short) for target in targets} == {
        (model, short) for model in ("threads", "callbacks") for short in ("3.11", "pypy3.11")
    }


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(UsageError, match="unknown model 'thread'.*Did you mean threads"):
        labels(["thread"], [], [])


def test_a_server_of_ones_own_is_called_by_its_files_name():
    assert labels([str(SERVERS / "healthy.py")], [], []) == ["healthy"]


def test_a_server_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="there is no file"):
        labels(["./nowhere.py"], [], [])


@pytest.mark.parametrize("command", ["myserver --port 8000", "", "'unclosed {port}"])
def test_a_command_must_be_readable_and_say_where_the_port_goes(command):
    with pytest.raises(UsageError, match="--command"):
        labels([], [command], [])


def test_a_command_is_a_target():
    assert labels([], ["serve {port}"], []) == ["serve {port}"]


def test_a_setting_stands_beside_each_plain_target():
    assert labels(["threads", "callbacks"], [], ["A=1"]) == ["threads", "callbacks", "threads A=1", "callbacks A=1"]


def test_a_setting_may_be_for_one_model_alone():
    assert labels(["threads", "callbacks"], [], ["threads:A=b:c"]) == ["threads", "callbacks", "threads A=b:c"]


@pytest.mark.parametrize("setting", ["A", "=1", "threads:A"])
def test_a_setting_that_cannot_be_read_is_refused(setting):
    with pytest.raises(UsageError, match="--env"):
        labels(["threads"], [], [setting])


def test_a_setting_for_a_model_that_is_not_in_the_run_is_refused():
    with pytest.raises(UsageError, match="unknown model 'callbacks'"):
        labels(["threads"], [], ["callbacks:A=1"])


def test_steady_brings_the_capacities_that_it_needs():
    assert [one.name for one in choose_scenarios(["steady"])] == ["small", "steady"]


def test_steady_at_a_given_rate_needs_nothing():
    (steady,) = choose_scenarios(["steady"], rate_per_s=500.0)
    assert (steady.name, steady.rate_per_s) == ("steady", 500.0)


def test_a_rate_opens_a_closed_loop():
    (small,) = choose_scenarios(["small"], rate_per_s=500.0, connections=None)
    assert small.is_open
    assert small.connections == 64


def test_a_scenario_is_run_once():
    assert [one.name for one in choose_scenarios(["small", "small", "steady"])] == ["small", "steady"]
