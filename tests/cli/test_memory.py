"""`concur bench --memory` as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHORT = ["--memory", "--quick", "-c", "20"]
PATIENCE_S = 18


@pytest.fixture
def environment(tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "cache"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONCUR_")}
    return kept | {"CONCUR_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def bench(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "concur.cli", "bench", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def stored(folder: Path) -> dict[str, Any]:
    (path,) = (folder / ".concur" / "results").glob("memory-*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_measuring_ends_in_a_table_on_stdout_and_a_file(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads,prefork")
    assert done.returncode == 0, done.stderr
    assert "Memory a connection" in done.stdout
    assert "prefork: absent: at most 8 connections" in " ".join(done.stdout.split())
    assert "2 targets × up to 20 idle connections × 1 round" in " ".join(done.stderr.split())
    run = stored(tmp_path)
    assert run["complete"]
    assert [row["verdict"] for row in run["memory"]["rows"]] == ["ok", "absent"]


def test_json_is_one_document_and_nothing_else(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "callbacks", "--json")
    run = json.loads(done.stdout)
    (row,) = run["memory"]["rows"]
    assert {"bytes_per_connection", "kernel_bytes_per_connection", "base_bytes", "trials"} <= set(row)
    assert [point["connections"] for point in row["trials"][0]["points"]] == [0, 2, 10, 20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-s", "small"], "--memory goes without --scenarios"),
        (["--rate", "10k"], "--memory goes without --rate"),
        (["-m", "thread"], "unknown model 'thread'. Did you mean threads"),
        (["-c", "1"], "up to 1 connection there is no slope"),
        (["--primitives"], "--memory is of servers"),
    ],
)
def test_nonsense_is_one_line_and_status_2(tmp_path, environment, arguments, message):
    done = bench(tmp_path, environment, "--memory", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_the_plan_is_all_models_in_five_rounds_and_can_be_shown(tmp_path, environment):
    done = bench(tmp_path, environment, "--memory", "--show-plan")
    assert done.returncode == 0
    assert "up to 10,000 idle connections × 5 rounds" in " ".join(done.stdout.split())
    assert "tornado_streams" in done.stdout
    assert not (tmp_path / ".concur").exists()
