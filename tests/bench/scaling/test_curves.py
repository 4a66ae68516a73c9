"""From cells to curves."""

from types import ModuleType
from typing import Any

from concur.bench.results import Run
from concur.bench.scaling import concluding
from concur.bench.scaling.curves import measured, without_topology
from concur.bench.scenarios import scenario, sweep

COUNTS = (1, 2, 4, 8, 16)


def swept(runs: ModuleType, models: tuple[str, ...] = ("threads", "callbacks"), **changed: Any) -> Run:
    variants = sweep(scenario("small"), connections=COUNTS)
    cells = [
        runs.cell(model, [1_000.0 * (index + 1) * (1 + n / 100) for n in range(3)], scenario=one.name, **changed)
        for model in models
        for index, one in enumerate(variants)
    ]
    plan = {"scenarios": [{"name": one.name, "variant_of": one.variant_of, "connections": one.connections,
                           "payload_bytes": one.payload_bytes, "is_open": False} for one in variants]}  # fmt: skip
    made: Run = runs.run("a", cells, plan=plan)
    return made


def test_a_sweep_over_connections_is_a_curve_for_each_target(runs):
    first, second = measured(swept(runs))
    assert (first.label, first.over, first.fixed, first.scenario) == ("threads", "connections", "1 KiB", "small")
    assert [place.n for place in first.places] == list(COUNTS)
    assert list(first.places[0].rates) == [1, 2, 3]
    assert second.label == "callbacks"


def test_points_where_the_engine_was_the_limit_are_kept_and_no_law_is_fitted_to_them(runs):
    run = swept(runs, ("threads",))
    run.cells[-1].verdict = "engine-bound"
    (curve,) = measured(run)
    assert [place.n for place in curve.usable] == list(COUNTS[:-1])
    scaling = concluding.scaling(run)
    assert scaling
    assert scaling.curves[0].points[-1].is_at_least
    assert scaling.curves[0].left_out == ["the engine was the limit at 16 connections"]
    assert "4 points" in scaling.curves[0].laws[0].withheld


def test_cells_that_failed_or_served_fewer_connections_are_no_points(runs):
    run = swept(runs, ("threads",))
    run.cells[0].verdict = "failed"
    run.cells[1].connections = 1
    (curve,) = measured(run)
    assert [place.n for place in curve.places] == list(COUNTS[2:])


def test_one_point_is_no_curve(runs):
    run = swept(runs, ("threads",))
    del run.cells[1:]
    assert measured(run) == []
    assert concluding.scaling(run) is None


def test_a_plain_run_has_none(runs):
    assert concluding.scaling(runs.run("a", [runs.cell("threads", [1.0, 2.0])])) is None


def workers(runs: ModuleType, kind: str = "processes", **changed: Any) -> Run:
    cells = [runs.cell("threads", [1_000.0, 1_010.0])]
    for count in (2, 3, 4):
        shape = f"{count} {kind}"
        cells.append(
            runs.cell("threads", [900.0 * count] * 2, topology=shape, label=f"threads ({shape})", **changed)
        )  # fmt: skip
    made: Run = runs.run("a", cells)
    return made


def test_topologies_are_a_curve_over_workers_that_begins_with_one_copy(runs):
    (curve,) = measured(workers(runs))
    assert (curve.label, curve.over, [place.n for place in curve.places]) == ("threads", "processes", [1, 2, 3, 4])


def test_a_curve_over_workers_that_were_placed_apart_has_no_law_and_says_why(runs):
    run = workers(runs, placement="shared")
    (curve,) = measured(run)
    assert "pinned with 1, shared with 2, 3, 4" in curve.left_out[0]
    scaling = concluding.scaling(run)
    assert scaling
    assert all("placements differ" in law.withheld for law in scaling.curves[0].laws)


def test_a_label_without_its_topology_keeps_what_else_sets_it_apart(runs):
    made = runs.cell("prefork", [1.0], topology="2 processes", label="prefork (2 processes, pool 8)")
    assert without_topology(made) == "prefork (pool 8)"
    made = runs.cell("threads", [1.0], topology="2 processes", label="threads (2 processes) A=1")
    assert without_topology(made) == "threads A=1"


def test_a_sweep_over_payloads_is_a_curve_without_laws(runs):
    variants = sweep(scenario("small"), payloads_bytes=(64, 1024))
    cells = [runs.cell("threads", [2_000.0, 2_100.0], scenario=one.name) for one in variants]
    plan = {"scenarios": [{"name": one.name, "variant_of": "small", "connections": 64, "is_open": False,
                           "payload_bytes": one.payload_bytes} for one in variants]}  # fmt: skip
    scaling = concluding.scaling(runs.run("a", cells, plan=plan))
    assert scaling
    (curve,) = scaling.curves
    assert (curve.over, curve.fixed, curve.laws) == ("payload", "64 connections", [])
