"""From what was typed to targets and scenarios."""

from pathlib import Path

import pytest

from concur import catalog
from concur.bench import choose
from concur.bench.choose import (
    ask_what_is_missing,
    check_reference,
    choose_scenarios,
    choose_targets,
    read_topology,
)
from concur.bench.plan import Plan, Target
from concur.bench.scenarios import scenario
from concur.errors import MachineError, UsageError
from concur.interpreters.describe import Interpreter

PYTHON = Interpreter(short="3.11", executable="/usr/bin/python3", version="3.11.2")
OTHER = Interpreter(short="pypy3.11", executable="/usr/bin/pypy3", version="3.11.17")
NEWER = Interpreter(short="3.14", executable="/usr/bin/python3.14", version="3.14.8")
FREE = Interpreter(short="3.14t", executable="/usr/bin/python3.14t", version="3.14.8", free_threaded=True)
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


def test_an_offload_is_refused_where_nothing_is_computed():
    with pytest.raises(UsageError, match="no computing to offload"):
        choose_scenarios(["small"], offload="2 processes")
    (cpu,) = choose_scenarios(["cpu"], offload="2 processes")
    assert cpu.offload == "2 processes"


def test_several_connections_and_payloads_are_a_sweep():
    found = choose_scenarios(["small"], connections=[1, 8], payload_bytes=[64, 1024])
    assert len(found) == 4
    assert [one.connections for one in choose_scenarios(["small", "churn"], connections=8)] == [8, 8]


def test_what_is_needed_first_is_swept_too_and_comes_first():
    found = choose_scenarios(["steady"], connections=[8, 64])
    assert [one.name for one in found] == [
        "small, 8 connections",
        "small, 64 connections",
        "steady, 8 connections",
        "steady, 64 connections",
    ]
    assert [one.after for one in found[2:]] == [one.name for one in found[:2]]


def test_a_scenario_is_run_once():
    assert [one.name for one in choose_scenarios(["small", "small", "steady"])] == ["small", "steady"]


# Topologies and pools


def copies(names: list[str], *topologies: str, interpreter: Interpreter = PYTHON) -> list[Target]:
    return choose_targets(names, [], [interpreter], [], [read_topology(text) for text in topologies])


def test_each_model_comes_in_each_topology_and_the_label_says_which():
    targets = copies(["threads", "callbacks"], "1", "2:processes")
    assert [each.label for each in targets] == [
        "threads",
        "callbacks",
        "threads (2 processes)",
        "callbacks (2 processes)",
    ]
    assert [each.copies for each in targets] == [1, 1, 2, 2]


def test_a_model_of_a_list_that_cannot_be_had_so_is_absent_with_the_catalogues_reason():
    absent = {each.name: each.absent for each in copies(["all"], "2:threads") if each.absent}
    assert absent == {row.id: row.not_as["threads"] for row in catalog.MODELS if "threads" in row.not_as}


def test_whoever_names_a_model_is_told_at_once_that_it_cannot_be_had_so():
    reason = catalog.model("twisted_protocol").not_as["threads"]
    with pytest.raises(UsageError, match=f"twisted_protocol cannot be had as 2 threads: {reason}"):
        copies(["threads", "twisted_protocol"], "2:threads")


def test_a_named_model_that_can_be_had_in_another_topology_asked_for_stays():
    one, two = copies(["twisted_protocol"], "1", "2:threads")
    assert (one.absent, bool(two.absent)) == ("", True)


def test_subinterpreters_depend_on_the_interpreter_not_on_ours():
    (there,) = copies(["threads"], "2:interpreters", interpreter=NEWER)
    assert there.absent == ""
    with pytest.raises(UsageError, match="need Python 3.14"):
        copies([str(SERVERS / "healthy.py")], "2:interpreters")


@pytest.mark.parametrize("text", ["2", "0:processes", "two:processes", "2:proceses", ":processes"])
def test_a_topology_that_cannot_be_read_is_refused(text: str):
    with pytest.raises(UsageError):
        read_topology(text)


def test_a_pool_is_for_models_that_have_one_and_bounds_what_they_serve():
    pooled, plain = choose_targets(["threadpool", "threads"], [], [PYTHON], [], pool=5)
    assert (pooled.label, pooled.pool, pooled.max_active) == ("threadpool (pool 5)", 5, 5)
    assert (plain.label, plain.pool, plain.max_active) == ("threads", None, None)


def test_a_pool_for_nobody_is_refused():
    with pytest.raises(UsageError, match="none of these models has a pool. Those that have: prefork"):
        choose_targets(["threads"], [], [PYTHON], [], pool=5)


def test_only_a_free_threaded_build_is_tried_without_its_gil():
    targets = choose_targets(["threads"], [], [PYTHON, FREE], ["PYTHON_GIL=0"])
    assert [bool(each.absent) for each in targets if each.env] == [True, False]


# What is missing, and the reference


def test_an_interpreter_is_asked_once_what_it_lacks_and_absent_targets_take_no_time(monkeypatch):
    asked = []

    def missing(interpreter: Interpreter) -> dict[str, str]:
        asked.append(interpreter.short)
        return {row.id: "no wheel" if row.needs else "" for row in catalog.MODELS}

    monkeypatch.setattr(choose, "missing_models", missing)
    targets = ask_what_is_missing(choose_targets(["all"], [], [PYTHON, OTHER], []))
    assert sorted(asked) == ["3.11", "pypy3.11"]
    assert {each.name for each in targets if each.absent} == {row.id for row in catalog.MODELS if row.needs}
    present = sum(not each.absent for each in targets)
    assert Plan(targets=targets, scenarios=[scenario("small")], rounds=2).trials == 2 * present


def test_an_interpreter_that_gives_no_answer_has_no_models_and_the_reason(monkeypatch):
    def missing(interpreter: Interpreter) -> dict[str, str]:
        raise MachineError("3.11 cannot read the table of models", why="it hangs")

    monkeypatch.setattr(choose, "missing_models", missing)
    (target,) = ask_what_is_missing(choose_targets(["threads"], [], [PYTHON], []))
    assert "it hangs" in target.absent


def test_a_cache_that_cannot_be_used_is_no_models_fault(monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MachineError, match="the cache folder .* cannot be used"):
        ask_what_is_missing(choose_targets(["threads"], [], [PYTHON], []))


@pytest.mark.parametrize("reference", ["threads", "threads@3.14", "threads (2 processes)@3.11"])
def test_a_reference_is_a_model_or_one_on_an_interpreter(reference: str):
    shapes = ["1", "2 processes"]
    check_reference(reference, choose_targets(["threads", "callbacks"], [], [PYTHON, NEWER], [], shapes))


@pytest.mark.parametrize("reference", ["thread", "threads@3.15", "sequential", "@3.14"])
def test_a_reference_that_is_not_in_the_run_is_refused(reference: str):
    with pytest.raises(UsageError, match="unknown reference"):
        check_reference(reference, choose_targets(["threads", "callbacks"], [], [PYTHON, NEWER], []))
