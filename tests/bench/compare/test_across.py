import msgspec
import pytest

from concur.bench.compare.across import against, compare
from concur.bench.results import Estimate, NoiseFloor
from concur.errors import UsageError

RATES = [1e5 + 100 * n for n in range(12)]


def two(runs, before=("threads", "callbacks"), after=("threads", "callbacks"), **changed):
    return (
        runs.run("a", [runs.cell(model, RATES) for model in before]),
        runs.run("b", [runs.cell(model, RATES, begins_s=1000) for model in after], **changed),
    )


def test_cells_of_both_are_compared_and_the_others_named(runs):
    found = compare(*two(runs, after=("threads", "coroutines")), names=("a.json", "b.json"))
    assert (found.reference, found.new) == ("a.json", "b.json")
    assert [(move.label, move.verdict) for move in found.moves] == [("threads", "no difference found")]
    assert (found.only_reference, found.only_new) == (["small/callbacks@3.11"], ["small/coroutines@3.11"])


def test_a_setting_or_a_topology_makes_another_cell(runs):
    reference, new = two(runs)
    new.cells[1].env = {"MALLOC_TOP_PAD_": "1"}
    new.cells[0].topology = "2 processes"
    with pytest.raises(UsageError, match="no cell in common"):
        compare(reference, new)


def test_the_runs_reference_is_the_control(runs):
    found = compare(*two(runs))
    assert [(move.label, move.is_control) for move in found.moves] == [("threads", True), ("callbacks", False)]
    assert found.moves[1].against_control is not None


def test_a_server_of_ones_own_is_no_control(runs):
    plan = runs.run("a", []).plan | {"reference": "my_server"}
    reference, new = two(runs, ("my_server", "callbacks"), ("my_server", "callbacks"), plan=plan)
    reference.plan = plan
    assert not any(move.is_control or move.against_control for move in compare(reference, new).moves)


def test_a_run_against_itself_is_refused(runs):
    reference, _ = two(runs)
    with pytest.raises(UsageError, match="one and the same run"):
        compare(reference, reference)


def test_a_run_without_a_trial_is_refused(runs):
    reference, _ = two(runs)
    with pytest.raises(UsageError, match="nothing holds no trial"):
        compare(reference, runs.run("nothing", []))


def test_another_machine_is_refused_with_what_differs(runs):
    reference, new = two(runs, machine=runs.MACHINE | {"cpus": 8})
    with pytest.raises(UsageError, match="different machines: cpus 2 and 8.*--anyway"):
        compare(reference, new)
    found = compare(reference, new, anyway=True)
    assert {(move.verdict, move.reason) for move in found.moves} == {("not comparable", "another machine")}
    assert all(move.ratio for move in found.moves)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"scenario": "large"}, r"Their scenarios differ \(small and large\)"),
     ({"interpreter": "3.14"}, r"Their interpreters differ \(3\.11 and 3\.14\)"),
     ({"label": "x"}, r"Their targets differ \(threads and x\)")],
)  # fmt: skip
def test_runs_without_a_common_cell_are_refused_with_what_differs(runs, changed, message):
    reference = runs.run("a", [runs.cell("threads", RATES)])
    with pytest.raises(UsageError, match=message):
        compare(reference, runs.run("b", [runs.cell("threads", RATES, **changed)]))


def test_an_interrupted_run_is_compared_as_far_as_it_came(runs):
    found = compare(*two(runs, after=("threads",), complete=False))
    assert (found.incomplete, len(found.moves)) == (["b"], 1)


def test_a_broken_cell_is_not_comparable(runs):
    reference, new = two(runs)
    new.cells[1].verdict, new.cells[1].reason = "failed", "it died"
    assert [(move.verdict, move.reason) for move in compare(reference, new).moves] == [
        ("no difference found", ""),
        ("not comparable", "it is now failed: it died"),
    ]


def test_the_noise_floor_of_either_run_bounds_what_is_a_difference(runs):
    reference = runs.run("a", [runs.cell("callbacks", RATES)])
    new = runs.run("b", [runs.cell("callbacks", [1.2 * rate for rate in RATES], begins_s=1000)])
    assert compare(reference, new).moves[0].verdict == "faster"
    reference.noise = [
        NoiseFloor(scenario="small", metric="rate", label="threads", interpreter="3.11", rounds=12,
                   ratio=Estimate(1.0, (0.7, 1.4)))
    ]  # fmt: skip
    assert compare(reference, new).moves[0].verdict == "no difference found"


def test_at_a_common_rate_p99_and_cpu_are_compared(runs):
    cells = [runs.cell("threads", RATES, scenario="steady", offered_per_s=1e5) for _ in "ab"]
    found = compare(runs.run("a", cells[:1]), runs.run("b", cells[1:]))
    assert [move.metric for move in found.moves] == ["p99", "cpu"]


def test_ref_in_a_condition_is_the_same_cell_of_the_reference_run(runs):
    reference, new = two(runs, before=("threads",))
    ratio = against(reference, new)
    known = ratio(new.cells[0], "p99")
    assert isinstance(known, Estimate)
    assert known.median == pytest.approx(1)
    assert ratio(new.cells[1], "p99") == "the reference run does not have it"
    assert ratio(new.cells[0], "memory") == "not both have memory"


def test_what_is_found_is_json(runs):
    found = compare(*two(runs))
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
