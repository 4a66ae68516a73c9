from pathlib import Path

import pytest

from concur.bench.compare.across import compare
from concur.report.comparing import environment, headline, made, sentences, short_names, tables, warnings

RATES = [1e5 + 100 * n for n in range(12)]


@pytest.fixture
def two(runs):
    """Builds the reference run and another, of which callbacks answers `factor` times as much as before."""

    def build(factor=1.0, control=1.0, rounds=12, **changed):
        before = [runs.cell(model, RATES[:rounds]) for model in ("threads", "callbacks")]
        after = [
            runs.cell(model, [by * rate for rate in RATES[:rounds]], begins_s=1000)
            for model, by in (("threads", control), ("callbacks", factor))
        ]
        return runs.run("a", before), runs.run("b", after, **changed)

    return build


def said(reference, new, **options):
    found = compare(reference, new, names=("a.json", "b.json"), **options)
    return sentences(found, new)


def test_the_headline_counts_verdicts_the_worst_first(two):
    found = compare(*two(0.8), names=("a.json", "b.json"))
    assert headline(found) == "b.json against a.json: 1 slower, 1 no difference found"


def test_a_table_has_both_figures_their_ratio_and_the_verdict(two):
    (grid,) = tables(compare(*two(0.8)))
    rows = dict(zip(grid.columns[0].values, zip(*(column.values for column in grid.columns), strict=True), strict=True))
    assert grid.title == "small: req/s"
    assert rows["callbacks"] == (
        "callbacks",
        "100,550",
        "80,440",
        "0.80×",
        "0.80–0.80",
        "0.80×",
        "0.80–0.80",
        "12",
        "slower",
    )
    assert rows["threads"][5] == "1"


def test_what_is_slower_and_what_is_not_different_is_said_with_figures(two):
    told = said(*two(0.8))
    assert told[0] == "Slower than in the reference run: callbacks on 3.11 in small (req/s) 0.80× (0.80–0.80)."
    assert told[1].startswith("No difference found in 1 cell; one of 0.30 % could hide")


def test_no_difference_is_said_in_words(two):
    assert said(*two())[0].startswith("No difference found in any cell; one of 0.30 % could hide")


def test_a_control_that_moved_is_said(two):
    told = "\n".join(said(*two(0.5, control=0.9)))
    assert "The control itself moved: threads on 3.11 in small (req/s) is at 0.90×" in told
    assert "«against threads»" in told


def test_runs_that_followed_one_another_are_said_not_to_be_paired(two):
    assert any(sentence.startswith("The runs followed one another") for sentence in said(*two()))


def test_few_rounds_ask_for_more_with_the_command(two):
    assert said(*two(1.1, rounds=3))[-1].startswith(
        "Too few rounds for a verdict; both runs again with: concur bench -r "
    )
    assert (
        said(*two(1.1, rounds=1))[-1]
        == "One round describes, and claims nothing; both runs again with: concur bench -r 12"
    )


def test_alike_environments_are_said_to_be(two):
    reference, new = two()
    assert environment(compare(reference, new)) is None
    assert any("environments are alike" in sentence for sentence in said(reference, new))


def test_what_differs_is_a_table(two, runs):
    found = compare(*two(machine=runs.MACHINE | {"kernel": "6.2", "governor": "powersave"}))
    grid = environment(found)
    assert grid is not None
    assert [column.values for column in grid.columns] == [
        ["kernel", "governor"],
        ["6.1", "unknown"],
        ["6.2", "powersave"],
    ]


def test_of_long_flags_only_what_differs_is_shown(two):
    reference, new = two()
    plain = "--prefix=/a/very/long/folder/of/somebody --enable-shared --with-ensurepip=no"
    for run, flags in ((reference, plain), (new, f"{plain} --enable-optimizations")):
        for cell in run.cells:
            cell.observed = cell.observed | {"build_flags": flags}
    grid = environment(compare(reference, new))
    assert grid is not None
    assert [column.values for column in grid.columns] == [
        ["3.11 build flags"], ["the rest alone"], ["--enable-optimizations"],
    ]  # fmt: skip


def test_a_warning_of_one_run_is_said_and_stands_in_no_table(two):
    found = compare(*two(warnings=["Other work uses 1 of 2 CPUs."]))
    assert environment(found) is None
    assert warnings(found.environment) == ["Only the new run: Other work uses 1 of 2 CPUs."]


def test_a_scenario_of_which_nothing_compares_has_its_reason_alone(two, runs):
    reference, new = two()
    for cell in new.cells:
        for trial in cell.trials:
            trial.load = None
    (grid,) = tables(compare(reference, new))
    assert (grid.verdicts, grid.notes) == ([], ["threads, callbacks: not comparable: not both have rate"])


def test_what_only_one_run_has_and_an_interruption_are_said(runs):
    reference = runs.run("a", [runs.cell("threads", RATES), runs.cell("callbacks", RATES)])
    new = runs.run("b", [runs.cell("threads", RATES)], complete=False)
    told = said(reference, new)
    assert told[0] == "b.json was interrupted: what it measured until then is compared."
    assert "Only in the reference run, and so not compared: small/callbacks@3.11." in told


def test_another_machine_is_said_first(two, runs):
    reference, new = two(machine=runs.MACHINE | {"cpu": "another CPU"})
    assert said(reference, new, anyway=True)[0].endswith("nothing is claimed.")


def test_a_run_is_named_with_its_time_and_rounds(two):
    assert made(two()[0], "a.json") == "a.json: 2026-01-01 00:00, 12 rounds, concur 0.1.0"


def test_names_are_short_where_that_tells_them_apart():
    assert short_names([Path("x/a.json"), Path("y/b.json")]) == ["a.json", "b.json"]
    assert short_names([Path("x/a.json"), Path("y/a.json")]) == ["x/a.json", "y/a.json"]
