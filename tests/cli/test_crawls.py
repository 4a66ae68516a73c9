"""`concur bench --service crawl` as a user runs it: what it prints where, its exit status, what it leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from concur.cli import crawls
from concur.errors import UsageError

ROOT = Path(__file__).parents[2]
SHORT = ["-s", "near", "-r", "1", "--pages", "30", "--place", "free"]
PATIENCE_S = 50


@pytest.fixture
def environment(tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "cache"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONCUR_")}
    return kept | {"CONCUR_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "80"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "concur.cli", "bench", "--service", "crawl", *arguments]


def bench(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.long
@pytest.mark.timeout(90)
def test_a_run_ends_in_a_table_on_stdout_and_a_file_that_can_be_shown_again(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads,callbacks")
    assert done.returncode == 0, done.stderr
    assert "pages/s" in done.stdout
    assert "All 2 crawls fetched exactly the right pages" in " ".join(done.stdout.split())
    assert "about" in done.stderr
    (path,) = (tmp_path / ".concur" / "results").glob("crawl-*.json")
    again = bench(tmp_path, environment, "--show", str(path), "--export-json", "again.json")
    assert again.stdout == done.stdout
    run = json.loads((tmp_path / "again.json").read_text())
    assert [cell["verdict"] for cell in run["cells"]] == ["ok", "ok"]
    assert {"rate_per_s", "cpu_ns_per_page", "most_in_flight", "memory_bytes", "bound_by"} <= set(run["cells"][0])


@pytest.mark.long
@pytest.mark.timeout(60)
def test_json_is_one_document_and_nothing_else(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "sequential", "--json")
    run = json.loads(done.stdout)
    assert (run["service"], run["cells"][0]["in_flight"]) == ("crawl", 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-s", "nea"], "unknown scenario of a crawl 'nea'. Did you mean near"),
        (["-m", "thread"], "unknown model 'thread'. Did you mean threads"),
        (["--parser", "lxml"], "unknown parser 'lxml'"),
        (["-c", "0"], "0 requests in flight cannot be"),
        (["--pages", "9"], "a crawl of 9 pages is not measured"),
        (["--rate", "10"], "--service crawl goes without --rate"),
        (["--workers", "2:threads"], "--service crawl goes without --workers"),
        (["--export-csv", "x"], "--service crawl goes without --export-csv"),
        (["./own.py"], "--service crawl takes no servers"),
        (["--show", "nowhere.json"], "cannot read the run"),
    ],
)
def test_nonsense_is_one_line_and_status_2(tmp_path, environment, arguments, message):
    done = bench(tmp_path, environment, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_plan_can_be_shown_without_being_carried_out(tmp_path, environment):
    done = bench(tmp_path, environment, "--sweep", "-m", "threads,sequential", "--show-plan")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "far over 1, 2, 5, 10, 20, 50, 100, 200, 500 in flight × 3 rounds" in said
    assert "30 crawls, about" in said
    assert not (tmp_path / ".concur").exists()


@pytest.mark.long
@pytest.mark.timeout(60)
def test_an_interrupt_keeps_what_was_measured_and_leaves_nobody(tmp_path, environment):
    words = ["-s", "far", "-m", "threads,callbacks", "-r", "1", "--pages", "100", "--place", "free"]
    started = subprocess.Popen(
        command(*words), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    results = tmp_path / ".concur" / "results"

    def has_measured() -> bool:
        runs = [json.loads(path.read_text()) for path in results.glob("*.json")]
        return any(cell["trials"] for run in runs for cell in run["cells"])

    while not has_measured():
        try:
            started.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 130, err
    assert "pages/s" in out
    assert not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(tmp_path)]


# What was typed


def test_options_of_crawls_are_refused_for_echo():
    with pytest.raises(UsageError, match="--pages, --sweep is about crawls"):
        crawls.check_service("echo", crawls.Own(pages="30", is_sweep=True))
    with pytest.raises(UsageError, match="no service web"):
        crawls.check_service("web", crawls.Own())
    assert crawls.check_service("crawl", crawls.Own(pages="30"))
    assert not crawls.check_service("echo", crawls.Own())


def values(**changes: str) -> dict[str, str]:
    return crawls.DEFAULTS | {"models": "threads"} | changes


def test_a_sweep_is_of_far_unless_another_is_named():
    swept = crawls.make_plan(values(), crawls.Own(is_sweep=True))
    assert {one.variant_of for one in swept.scenarios} == {"far"}
    assert [one.in_flight for one in swept.scenarios] == [1, 2, 5, 10, 20, 50, 100, 200, 500]
    near = crawls.make_plan(values(scenarios="near", connections="1,4"), crawls.Own(is_sweep=True))
    assert [one.name for one in near.scenarios] == ["near, 1 in flight", "near, 4 in flight"]


def test_quick_is_one_round_of_fewer_pages():
    plan = crawls.make_plan(values(), crawls.Own(is_quick=True))
    assert (plan.rounds, [one.pages for one in plan.scenarios]) == (1, [500, 375])


def test_a_projects_settings_are_about_the_echo_service(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.concur]\nscenarios = "small"\nrounds = 9\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCUR_SEED", "7")
    flags = dict.fromkeys(crawls.DEFAULTS) | {"rounds": "5"}
    chosen = crawls.chosen_values(flags, None)
    assert (chosen["scenarios"], chosen["rounds"], chosen["seed"]) == ("near,far", "5", "7")
