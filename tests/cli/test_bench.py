"""`concur bench` as a user runs it: what it prints where, its exit status, and what it leaves behind."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SERVERS = Path(__file__).parents[1] / "bench" / "servers"
ROOT = Path(__file__).parents[2]
SHORT = ["--quick", "-d", "200ms", "-w", "100ms", "-c", "2", "--place", "free", "-s", "small"]
PATIENCE_S = 18


@pytest.fixture
def environment(tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "cache"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONCUR_")}
    return kept | {"CONCUR_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "concur.cli", "bench", *arguments]


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


def stored(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in (folder / ".concur" / "results").glob("*.json")]


def test_a_run_ends_in_a_table_on_stdout_and_a_file(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads,callbacks")
    assert done.returncode == 0, done.stderr
    assert "threads" in done.stdout
    assert "Next: concur bench" in done.stdout
    assert "saved:" in done.stderr
    (run,) = stored(tmp_path)
    assert run["complete"]


def test_json_is_one_document_and_nothing_else(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads", "--json")
    run = json.loads(done.stdout)
    (cell,) = run["cells"]
    assert cell["model"] == "threads"
    assert {"rate_per_s", "latency_ns", "server_cpu_ns_per_request", "server_busy", "engine_busy"} <= set(cell)
    assert {"median", "interval"} <= set(cell["rate_per_s"])


def test_ones_own_server_and_a_command_stand_in_the_same_table(tmp_path, environment):
    own = f"{sys.executable} {SERVERS / 'command_server.py'} {{port}}"
    done = bench(
        tmp_path, environment, *SHORT, "-m", "threads", str(SERVERS / "healthy.py"), "--command", own, "--json"
    )
    assert done.returncode == 0, done.stderr
    assert [cell["label"] for cell in json.loads(done.stdout)["cells"]] == ["threads", "healthy", own]


def test_a_variable_makes_a_second_cell(tmp_path, environment):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads", "--env", "MALLOC_TOP_PAD_=16777216", "--json")
    assert [cell["env"] for cell in json.loads(done.stdout)["cells"]] == [{}, {"MALLOC_TOP_PAD_": "16777216"}]


@pytest.mark.parametrize(
    ("server", "reason"),
    [("lies", "differed from what was sent"), ("dies", "status 3"), ("broken_import", "did not start")],
)
def test_a_bad_server_makes_the_status_1_and_the_others_are_measured(tmp_path, environment, server, reason):
    one_connection = [word if word != "2" else "1" for word in SHORT]
    done = bench(tmp_path, environment, *one_connection, "-m", "threads", str(SERVERS / f"{server}.py"))
    assert done.returncode == 1
    assert reason in " ".join(done.stdout.split())
    (run,) = stored(tmp_path)
    assert next(cell for cell in run["cells"] if cell["model"] == "threads")["rate_per_s"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "thread"], "unknown model 'thread'. Did you mean threads"),
        (["-s", "smal"], "unknown scenario 'smal'. Did you mean small"),
        (["-i", "python9"], "unknown interpreter 'python9'"),
        (["-d", "soon"], "'soon' is not understood"),
        (["-r", "0"], "'0' is none at all"),
        (["--quick", "-r", "5"], "--quick is one round, and does not go with --rounds"),
        (["--place", "moon"], "unknown placement 'moon'"),
        (["--env", "A"], "cannot read --env 'A'"),
        (["./nowhere.py"], "there is no file"),
        (["--workers", "2:proceses"], "unknown kind of workers 'proceses'. Did you mean processes"),
        (["-m", "processes", "--workers", "2:threads"], "processes cannot be had as 2 threads: a fork in a process"),
        (["-m", "threads", "--pool", "3"], "none of these models has a pool"),
        (["-m", "threads", "--reference", "thread@3.11"], "unknown reference 'thread@3.11'"),
        (["--show", "nowhere.json"], "cannot read the run"),
        (["--plot", "x.gif"], "'x.gif' is no picture"),
        (["--plot", "nowhere/x.svg"], "there is no folder nowhere"),
        (["--export-csv", "nowhere/x.csv"], "there is no folder nowhere"),
        (["--export-json", "/"], "/ is a folder"),
        (["--export-hgrm", "-"], "hgrm is one file for each cell"),
        (["--json", "--export-csv", "-"], "two documents for one stdout"),
        (["--json", "--export-json", "x.json"], "--json and --export-json are one document"),
    ],
)
def test_nonsense_is_one_line_and_status_2(tmp_path, environment, arguments, message):
    done = bench(tmp_path, environment, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_plan_can_be_shown_without_being_carried_out(tmp_path, environment):
    done = bench(tmp_path, environment | {"CONCUR_ROUNDS": "7"}, "--show-plan", "-m", "threads")
    assert done.returncode == 0
    assert "CONCUR_ROUNDS" in done.stdout
    assert "14 trials" in done.stdout
    assert not (tmp_path / ".concur").exists()


def test_a_stored_run_can_be_shown_again(tmp_path, environment):
    first = bench(tmp_path, environment, *SHORT, "-m", "threads")
    (path,) = (tmp_path / ".concur" / "results").glob("*.json")
    assert bench(tmp_path, environment, "--show", str(path)).stdout == first.stdout


def test_results_that_cannot_be_kept_are_refused(tmp_path, environment):
    (tmp_path / ".concur").write_text("in the way")
    done = bench(tmp_path, environment, *SHORT, "-m", "threads")
    assert done.returncode == 2
    assert "results cannot be written" in done.stderr


def interrupted(folder: Path, environment: dict[str, str], *numbers: int) -> subprocess.Popen[str]:
    """A run that is sent these signals in its second trial's window."""
    arguments = ["-m", "threads,callbacks", "-s", "small", "-d", "1s", "-w", "100ms", "-c", "2", "--place", "free"]
    started = subprocess.Popen(
        command(*arguments, "-r", "1"),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: any(trial for run in stored(folder) for cell in run["cells"] for trial in cell["trials"]))
    for number in numbers:
        started.send_signal(number)
    return started


def wait_until(is_so) -> None:
    for _ in range(int(PATIENCE_S / 0.05)):
        if is_so():
            return
        select.select([], [], [], 0.05)
    pytest.fail("it never came to that")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_interrupt_keeps_and_shows_what_was_measured(tmp_path, environment, number):
    started = interrupted(tmp_path, environment, number)
    out, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 130
    assert "interrupted" in err
    assert "req/s" in out
    (run,) = stored(tmp_path)
    assert sum(len(cell["trials"]) for cell in run["cells"]) == 1
    assert nobody_left(tmp_path)


def test_two_interrupts_end_it_at_once_and_leave_nobody(tmp_path, environment):
    started = interrupted(tmp_path, environment, signal.SIGINT, signal.SIGINT)
    started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 130
    wait_until(lambda: nobody_left(tmp_path))
    (run,) = stored(tmp_path)
    assert run["cells"]


def nobody_left(folder: Path) -> bool:
    """No process works in that folder any more: targets and engines inherit it."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve() and (process / "cmdline").read_bytes():
                return False
        except OSError:
            continue  # it ended while we looked
    return True


def test_topologies_stand_in_one_table_with_how_connections_fell(tmp_path, environment):
    several = [word if word != "2" else "16" for word in SHORT]
    done = bench(tmp_path, environment, *several, "-m", "threads", "--workers", "1", "--workers", "2:processes")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "threads (2 processes)" in said
    assert "connections over workers" in said
    assert "not compared with threads: its topology is 2 processes, the reference's 1" in said


def test_the_plan_says_who_is_absent_and_why(tmp_path, environment):
    done = bench(tmp_path, environment, "--show-plan", "-m", "all", "--workers", "2:threads", "-r", "1", "-s", "small")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "more are absent" in said
    assert "twisted_protocol (2 threads)" in said
    assert "its reactor is one for the whole process" in said


def test_two_interpreters_are_a_matrix(tmp_path, environment):
    """The same interpreter under two names serves: what is shown is what counts here."""
    first = bench(tmp_path, environment, *SHORT, "-m", "threads,callbacks")
    (path,) = (tmp_path / ".concur" / "results").glob("*.json")
    run = json.loads(path.read_text())
    run["cells"] += [cell | {"interpreter": "another"} for cell in run["cells"]]
    path.write_text(json.dumps(run))
    shown = bench(tmp_path, environment, "--show", str(path), "--plot", "heat.svg")
    assert (first.returncode, shown.returncode) == (0, 0), shown.stderr
    assert "small: against threads" in shown.stdout
    assert "another" in shown.stdout
    assert "against threads" in (tmp_path / "heat.svg").read_text()


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.skipif("CONCUR_INTERPRETER_PATH" not in os.environ, reason="CONCUR_INTERPRETER_PATH names no interpreters")
def test_a_matrix_runs_on_every_interpreter_and_each_cell_is_a_number_or_has_a_reason(tmp_path):
    models = ["threads", "coroutines", "asyncio_streams", "greenlets", "subinterpreters"]
    words = [*SHORT, "-m", ",".join(models), "-i", "all", "--json"]
    done = subprocess.run(command(*words), cwd=tmp_path, capture_output=True, text=True, timeout=290, check=False)
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    interpreters = {cell["interpreter"] for cell in cells}
    assert len(cells) == len(interpreters) * len(models)
    assert len(interpreters) > 1
    assert not [cell for cell in cells if not cell["rate_per_s"] and not cell["reason"]]
    for cell in cells:
        if cell["rate_per_s"]:
            name, observed = cell["interpreter"], cell["observed"]
            assert observed["gil"] is not name.removesuffix("+jit").endswith("t")
            assert observed["jit"] is (name.endswith("+jit") or name.startswith("pypy"))


# Precision, conditions, and machines that are not fit


def test_the_plan_says_how_long_rounds_go_on(tmp_path, environment):
    asked = ["--show-plan", "-m", "threads,callbacks", "--until", "2%", "--budget", "10m", "--explain", "--no-twin"]
    done = bench(tmp_path, environment, *asked)
    words = " ".join(done.stdout.split())
    assert "3 rounds or more, until every ratio is within 2 %" in words
    assert "16 trials or more" in words
    assert "and more within 10 min" in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--until", "2"], "a share such as 2%"),
        (["--budget", "0s"], "a budget of 0s is none at all"),
        (["--fail-if", "p99>>5ms"], "p99>>5ms"),
        (["--fail-if", "gevent_greenlets: p99>5ms"], "about no cell"),
    ],
)
def test_a_bound_or_condition_that_makes_no_sense_is_refused_before_the_start(
    tmp_path, environment, arguments, message
):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads", *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert stored(tmp_path) == []


@pytest.mark.parametrize(("condition", "status", "said"), [("rate<1", 0, "holds nowhere"), ("rate>1", 1, "holds for")])
def test_a_condition_that_holds_makes_the_status_1(tmp_path, environment, condition, status, said):
    done = bench(tmp_path, environment, *SHORT, "-m", "threads", "--fail-if", condition)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "req/s" in done.stdout


def test_a_strict_run_refuses_a_machine_that_is_not_fit(tmp_path, environment):
    (tmp_path / "sitecustomize.py").write_text(
        "from concur.bench import machine\nmachine.warnings_before_start = lambda *_: ['Too loud: hush.']\n"
    )
    loud = environment | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = bench(tmp_path, loud, *SHORT, "-m", "threads", "--strict")
    assert done.returncode == 2
    assert "the machine is not fit to be measured on: Too loud: hush. Mend that" in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert stored(tmp_path) == []
    assert bench(tmp_path, loud, *SHORT, "-m", "threads").returncode == 0
