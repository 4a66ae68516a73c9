"""From the cells of a sweep to pairs and their ratios."""

from collections.abc import Callable
from typing import Any

from concur.report.sweeps import Place, curves, is_sweep, sweeps

Make = dict[str, Callable[..., Any]]


def test_a_plain_run_is_no_sweep(default, make: Make):
    assert not is_sweep(default)
    assert not is_sweep(make["run"]([], plan={"scenarios": [{"name": "small", "variant_of": ""}]}))


def test_a_sweep_knows_the_scenario_of_each_place(sweep_of):
    run = sweep_of({"threads": lambda size, count: 1_000.0})
    (sweep,) = sweeps(run)
    assert (sweep.name, sweep.payloads, sweep.connections) == ("small", [64, 1024], [1, 8])
    assert sweep.places[Place(64, 8)] == "small, 8 connections, 64 B"
    assert not sweep.is_over_payloads


def test_twins_are_held_against_one_another_whatever_the_reference_is(sweep_of):
    rates = {name: lambda size, count: 1_000.0 for name in ("asyncio_streams", "asyncio_protocol")}
    rates |= {name: lambda size, count: 2_000.0 for name in ("uvloop_streams", "uvloop_protocol")}
    run = sweep_of(rates)
    found = curves(run, sweeps(run)[0])
    assert [(one.over, one.under) for one in found] == [
        ("uvloop_streams", "asyncio_streams"),
        ("uvloop_protocol", "asyncio_protocol"),
    ]
    assert {point.compared.ratio.median for one in found for point in one.points} == {2.0}
    assert [point.place for point in found[0].points] == [(64, 1), (64, 8), (1024, 1), (1024, 8)]


def test_a_setting_of_the_second_alone_makes_a_pair_and_one_of_the_first_alone_does_not(sweep_of):
    rates = {name: lambda size, count: 1_000.0 for name in ("asyncio_protocol", "uvloop_protocol")}
    rates |= {f"{name} A=1": rates[name] for name in list(rates)}
    run = sweep_of(rates)
    assert [(one.over, one.under) for one in curves(run, sweeps(run)[0])] == [
        ("uvloop_protocol", "asyncio_protocol"),
        ("uvloop_protocol", "asyncio_protocol A=1"),
        ("uvloop_protocol A=1", "asyncio_protocol A=1"),
    ]


def test_without_twins_all_are_held_against_the_reference(sweep_of, make: Make):
    run = sweep_of({name: lambda size, count: 1_000.0 for name in ("threads", "callbacks", "generators")})
    assert curves(run, sweeps(run)[0]) == []
    run.comparisons = [make["comparison"]("callbacks", 1.0, scenario="small, 1 connection, 64 B")]
    assert [(one.over, one.under) for one in curves(run, sweeps(run)[0])] == [
        ("callbacks", "threads"),
        ("generators", "threads"),
    ]


def test_a_place_where_one_was_not_measured_has_no_ratio(sweep_of):
    run = sweep_of({"asyncio_protocol": lambda size, count: 1_000.0, "uvloop_protocol": lambda size, count: 1_000.0})
    run.cells[0].trials = []
    del run.cells[-1]
    (curve,) = curves(run, sweeps(run)[0])
    assert [point.place for point in curve.points] == [(64, 8), (1024, 1)]


def test_where_the_engine_held_the_first_back_the_ratio_is_at_least_so_much(sweep_of):
    run = sweep_of({"asyncio_protocol": lambda size, count: 1_000.0, "uvloop_protocol": lambda size, count: 2_500.0})
    over, under = run.cells[1], run.cells[2]
    assert (over.model, under.model) == ("uvloop_protocol", "asyncio_protocol")
    over.verdict = under.verdict = "engine-bound"
    (curve,) = curves(run, sweeps(run)[0])
    first, second, *others = curve.points
    assert (first.is_at_least, first.is_usable, first.bounds[1]) == (True, True, float("inf"))
    assert (second.is_at_least, second.is_usable) == (False, False)
    assert all(point.is_usable and not point.is_at_least for point in others)


def test_a_sweep_at_a_common_rate_has_no_ratios_of_rates(sweep_of):
    rates = {"asyncio_protocol": lambda size, count: 1_000.0, "uvloop_protocol": lambda size, count: 1_000.0}
    run = sweep_of(rates, offered_per_s=1_000.0)
    assert curves(run, sweeps(run)[0]) == []
