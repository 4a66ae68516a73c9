import json
import subprocess
import sys

import pytest

from concur.report.pyperf_json import to_pyperf

RATES = [100_000.0, 101_000.0, 99_000.0]


@pytest.fixture
def run(runs):
    steady = {"scenario": "steady", "offered_per_s": 1e4, "p99_ns": 2e6}
    return runs.run("a", [runs.cell("threads", RATES), runs.cell("threads", RATES, **steady)])


def test_pyperf_reads_every_cell(run, tmp_path):
    pyperf = pytest.importorskip("pyperf")
    (tmp_path / "a.json").write_bytes(to_pyperf(run))
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
    assert suite.get_benchmark_names() == ["small/threads@3.11", "steady/threads@3.11: p99", "steady/threads@3.11: cpu"]
    assert suite.get_benchmark("small/threads@3.11").median() == pytest.approx(1e-5)
    assert suite.get_benchmark("steady/threads@3.11: p99").get_values() == (2e-3,) * 3
    assert suite.get_benchmark("small/threads@3.11").get_nrun() == 3


def test_pyperf_compares_two_exports(run, runs, tmp_path):
    pytest.importorskip("pyperf")
    slower = runs.run("b", [runs.cell("threads", [rate / 2 for rate in RATES])])
    for name, one in (("a", run), ("b", slower)):
        (tmp_path / f"{name}.json").write_bytes(to_pyperf(one))
    command = [sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=15, check=True)
    assert "2.00x slower" in done.stdout


def test_cells_without_figures_are_left_out(runs):
    run = runs.run("a", [runs.cell("trio_tasks", [], verdict="absent", reason="needs trio")])
    assert json.loads(to_pyperf(run))["benchmarks"] == []


def test_a_value_says_how_long_was_measured(run):
    (first, *_) = json.loads(to_pyperf(run))["benchmarks"][0]["runs"]
    assert first["values"][0] * first["metadata"]["loops"] == pytest.approx(first["metadata"]["duration"])
