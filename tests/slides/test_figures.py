"""Figures: what each is of, drawn from the newest results that have it, and saying from which run it is."""

import os
import sys
from typing import Any

import msgspec
import pytest

from concur.bench.saving import write
from concur.cli import gil
from concur.errors import MachineError, UsageError
from concur.report.gil.plots import PLOTS
from concur.slides import evidence, figures, measuring, results
from concur.slides.build import OURS
from concur.slides.evidence import Evidence
from concur.slides.pictures import Pictures, run_of

FIGURE = figures.Figure(
    title="T", of="lab", lab=1, command="concur x", rows={"a": "an <a>", "b": "a b", "c": "not there"}
)
MACHINE = {"cpu": "A & B", "cpus": 2, "system": "Linux"}


def keep(folder, number, values=None, **changed):
    """A lab's evidence as a file of results; later numbers are newer."""
    told: dict[str, Any] = {"values": values or {"a": 3.5, "b": 2_000.0, "c": "none"}, "machine": MACHINE} | changed
    kept = Evidence(
        id=f"lab-01-{number}", started_at="2026-01-02T03:04:05+00:00", lab=1, python="CPython 3.11.7", **told
    )
    folder.mkdir(exist_ok=True)
    path = folder / f"{kept.id}.json"
    write(path, kept)
    os.utime(path, (number, number))
    return path


def test_every_figure_of_the_talk_is_of_something_that_can_be_drawn():
    for figure in figures.catalogue(OURS).values():
        assert figure.command.startswith("concur ")
        assert figure.of != "gil" or figure.plot in PLOTS
        assert (figure.of == "lab") == bool(figure.lab and figure.rows)


def test_every_figure_of_the_talk_has_one_that_stands_in_and_says_from_which_run():
    pictures = Pictures(OURS, OURS / "none")
    for name in figures.catalogue(OURS):
        found = pictures.figure(name)
        assert found, f"slides/figures/{name}.svg is missing"
        assert found.run.startswith("run ")


def test_no_figure_stands_in_for_nothing():
    there = {path.stem for path in (OURS / "figures").glob("*.svg")}
    assert there <= set(figures.catalogue(OURS))


def test_a_figure_says_from_which_run_it_is(tmp_path):
    keep(tmp_path / "results", 1)
    drawn = figures.draw("some", FIGURE, tmp_path / "results", tmp_path / "own")
    assert drawn.run == "run lab-01-1, 2026-01-02, A & B, 2 CPUs, Linux"
    assert run_of(tmp_path / "own/some.svg") == drawn.run
    text = (tmp_path / "own/some.svg").read_text("utf-8")
    assert "an &lt;a&gt;" in text
    assert "2.00 µs" in text
    assert "not there" not in text


def test_a_run_beside_other_work_says_so(runs):
    one = runs.run(
        "20260101-000000-1", [], warnings=["Other work uses 2.0 of 2 CPUs: end it, or expect wide intervals."]
    )
    assert figures.told(one).endswith(", beside other work")
    assert "beside" not in figures.told(runs.run("20260101-000000-1", []))


def test_the_newest_results_that_have_it_are_drawn(tmp_path):
    folder = tmp_path / "results"
    for number in (1, 3):
        keep(folder, number)
    keep(folder, 9, {"other": 1.0})
    assert "lab-01-3" in figures.draw("some", FIGURE, folder, tmp_path / "own").run


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": 1'])
def test_results_that_cannot_be_read_are_passed_over(tmp_path, content):
    folder = tmp_path / "results"
    keep(folder, 1)
    (folder / "lab-01-9.json").write_bytes(content)
    assert "lab-01-1" in figures.draw("some", FIGURE, folder, tmp_path / "own").run


def test_where_nothing_was_measured_the_command_is_said(tmp_path):
    drawn = figures.draw("some", FIGURE, tmp_path / "none", tmp_path / "own")
    assert (drawn.run, drawn.command) == ("", "concur x")
    assert drawn.why.startswith("some was not measured here: there are no results")


def test_evidence_of_another_schema_says_to_measure_again(tmp_path):
    path = keep(tmp_path, 1, schema=99)
    with pytest.raises(UsageError, match="of schema 99.*Measure again"):
        evidence.load(path)


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path):
    keep(tmp_path / "results", 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        figures.draw("some", FIGURE, tmp_path / "results", tmp_path / "file/own")


@pytest.mark.parametrize("text", ["[a]\n", "[a]\ntitle = 1\n", "= ", '[a]\ntitle = "t"\nof = "luck"\ncommand = "c"\n'])
def test_a_catalogue_that_is_not_understood_is_one_message(tmp_path, text):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / figures.FILE).write_text(text)
    with pytest.raises(UsageError, match="is not understood"):
        figures.catalogue(tmp_path)


def test_a_figure_that_does_not_exist_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="unknown figure 'convoi'.*convoy"):
        figures.chosen(figures.catalogue(OURS), ["convoi"])


def test_runs_are_told_apart_by_what_their_picture_is_of(runs):
    one = runs.run("20260101-000000-1", [])
    assert results.kind_of(one) == "capacity"


def test_what_is_missing_is_measured_once_by_its_command(tmp_path, monkeypatch):
    said: list[str] = []
    ran: list[str] = []
    asked: list[int] = []

    def words(command: str) -> list[str]:
        ran.append(command)
        return [sys.executable, "-c", "raise SystemExit(3)"]

    monkeypatch.setattr(evidence, "measure", lambda lab, folder: asked.append(lab))
    monkeypatch.setattr(measuring, "words", words)
    bench = msgspec.structs.replace(FIGURE, of="bench", lab=0, rows={}, command="concur bench -s small")
    measuring.measure([FIGURE, FIGURE, bench, bench], tmp_path, said.append)
    assert (asked, ran) == ([1], ["concur bench -s small"])
    assert said[-1] == "concur: `concur bench -s small` ended with status 3"


def test_a_command_is_run_by_this_python():
    assert measuring.words("concur gil convoy") == [sys.executable, "-m", "concur.cli", "gil", "convoy"]
    assert callable(gil.gil)


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_labs_evidence_becomes_a_figure(tmp_path):
    path = evidence.measure(1, tmp_path / "results")
    assert path.name.startswith("lab-01-")
    drawn = figures.draw("crossings", figures.catalogue(OURS)["crossings"], tmp_path / "results", tmp_path / "own")
    assert drawn.run.startswith(f"run {path.stem}")
