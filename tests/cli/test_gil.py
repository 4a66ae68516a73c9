"""`concur gil` as a user runs it: what it prints, its exit status, and how it refuses."""

import json
import os
import subprocess
import sys

import msgspec
import pytest

from concur.cli import main
from tests.report.gil.reports import report


@pytest.fixture(autouse=True)
def plain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def run(*arguments):
    with pytest.raises(SystemExit) as raised:
        main(["gil", *arguments])
    return int(raised.value.code or 0)


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "gil.json"
    path.write_bytes(msgspec.json.encode(report()))
    return str(path)


def test_a_stored_report_is_shown_again_and_ends_in_the_summary(stored, capsys):
    assert run("--show", stored) == 0
    shown = capsys.readouterr().out
    assert "throughput, python" in shown
    assert shown.rindex("Two threads of Python code") > shown.rindex("ccbench")
    assert max(map(len, shown.splitlines())) <= 80


def test_json_is_one_document_and_nothing_else(stored, capsys):
    assert run("--show", stored, "--json") == 0
    shown, errors = capsys.readouterr()
    assert json.loads(shown)["throughput"]
    assert errors == ""


def test_markdown_goes_where_it_is_asked_to(stored, tmp_path):
    assert run("--show", stored, "--export-markdown", "gil.md") == 0
    assert "**tax:" in (tmp_path / "gil.md").read_text()


@pytest.mark.long
def test_plots_are_drawn_as_png_and_svg(stored, tmp_path):
    assert run("--show", stored, "--plots", "drawn") == 0
    drawn = {path.suffix for path in (tmp_path / "drawn").iterdir()}
    assert drawn == {".png", ".svg"}
    assert len(list((tmp_path / "drawn").glob("*.png"))) >= 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["throughputs"], "unknown experiment 'throughputs'. Did you mean throughput"),
        (["--budget", "0s"], "a budget of 0s is none at all"),
        (["--budget", "soon"], "time such as"),
        (["-r", "0"], "'0' rounds are none at all"),
        (["-m", "thread"], "unknown model 'thread'"),
        (["-i", "3.9999"], "unknown interpreter"),
        (["--show", "nothing.json"], "cannot read nothing.json"),
        (["--json", "--export-markdown", "-"], "two documents for one stdout"),
        (["--export-markdown", "nowhere/x.md"], "there is no folder nowhere"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, said, capsys):
    assert run(*arguments) == 2
    shown, errors = capsys.readouterr()
    assert said in errors
    assert errors.count("\n") == 1
    assert shown == ""


def test_a_plan_is_told_and_nothing_is_measured(tmp_path, capsys):
    assert run("throughput", "release", "-i", sys.executable, "-m", "threads", "--show-plan") == 0
    assert "2 experiments on 1 interpreter, 1 model" in capsys.readouterr().out
    assert not (tmp_path / ".concur").exists()


@pytest.mark.long
@pytest.mark.timeout(60)
def test_a_look_at_one_interpreter_measures_saves_and_sums_up(tmp_path):
    words = [sys.executable, "-m", "concur.cli", "gil", "throughput", "--quick", "-i", sys.executable, "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["throughput"]
    assert {row["kind"] for row in rows} == {"python", "held", "released"}
    assert len(list((tmp_path / ".concur" / "results").glob("gil-*.json"))) == 1


@pytest.mark.long
@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="CPUs cannot be chosen here")
def test_on_one_cpu_that_is_said_and_the_rest_goes_on(tmp_path):
    one = str(min(os.sched_getaffinity(0)))
    words = ["taskset", "-c", one, sys.executable, "-m", "concur.cli", "gil", "throughput", "--quick"]
    done = subprocess.run([*words, "-i", sys.executable], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "there is one CPU: nothing can run in parallel here" in " ".join(done.stderr.split())
    assert "throughput, python" in done.stdout
