"""A free-threaded target whose GIL comes back is caught: by what it observed of itself, over real processes."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import msgspec
import pytest

from concur.bench.choose import choose_targets
from concur.bench.plan import Plan, Target
from concur.bench.results import Cell
from concur.bench.runner import Runner
from concur.bench.scenarios import scenario
from concur.interpreters.describe import Interpreter, describe
from concur.report.matrix import matrices

HERE = Path(__file__).parent
NAMES = ("python3.13t", "python3.14t", "python3.15t")
SMALL = msgspec.structs.replace(scenario("small"), connections=2, placement="free")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def free_threaded() -> Interpreter:
    places = os.pathsep.join([os.environ.get("CONCUR_INTERPRETER_PATH", ""), os.environ.get("PATH", "")])
    found = next(filter(None, (shutil.which(name, path=places) for name in NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no free-threaded interpreter here")
    return describe(found)[0]


@pytest.fixture(scope="module")
def extension(free_threaded: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an extension, built for that interpreter, which knows nothing of running without a GIL."""
    ask = "import sysconfig as s; print(s.get_path('include')); print(s.get_config_var('EXT_SUFFIX'))"
    asked = subprocess.run([free_threaded.executable, "-c", ask], capture_output=True, text=True, check=True)
    headers, suffix = asked.stdout.split()
    if not Path(headers, "Python.h").is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no Python.h in {headers}")
    folder = tmp_path_factory.mktemp("extension")
    compiler = os.environ.get("CC") or (sysconfig.get_config_var("CC") or "cc").split()[0]
    build = [compiler, "-shared", "-fPIC", f"-I{headers}", str(HERE / "fixtures" / "turns_gil_on.c")]
    subprocess.run([*build, "-o", str(folder / f"turns_gil_on{suffix}")], check=True, capture_output=True)
    return folder


@pytest.fixture
def servers(extension: Path, tmp_path: Path) -> Path:
    """The servers beside the extension, which is found as any file beside a script is."""
    for name in ("gil_early.py", "gil_late.py"):
        shutil.copy(HERE / "servers" / name, tmp_path)
    for built in extension.iterdir():
        shutil.copy(built, tmp_path)
    return tmp_path


def measured(targets: list[Target], folder: Path, rounds: int = 1) -> Runner:
    plan = Plan(targets=targets, scenarios=[SMALL], rounds=rounds, duration_s=0.2, warmup_s=0.1)
    runner = Runner(plan, ["concur", "bench"], lambda _: None, folder / "results")
    runner.prepare()
    runner.carry_out()
    return runner


def cell_of(server: Path, interpreter: Interpreter, *env: str) -> Cell:
    targets = choose_targets([str(server)], [], [interpreter], list(env))
    return measured(targets[-1:], server.parent).run.cells[0]


def test_an_import_that_turns_the_gil_on_is_caught_before_anything_is_measured(servers, free_threaded):
    cell = cell_of(servers / "gil_early.py", free_threaded)
    assert (cell.verdict, cell.reason) == ("absent", "turns_gil_on turned the GIL back on")
    assert cell.observed["gil_turned_on_by"] == "turns_gil_on"
    assert cell.trials[0].load is None


def test_an_import_while_it_serves_is_caught_at_the_end(servers, free_threaded):
    cell = cell_of(servers / "gil_late.py", free_threaded)
    assert (cell.verdict, cell.reason) == ("absent", "turns_gil_on turned the GIL back on")
    assert cell.trials[0].ready["gil"] is False
    assert cell.rate_per_s is None


def test_with_python_gil_0_it_stays_off_and_is_a_number(servers, free_threaded):
    cell = cell_of(servers / "gil_early.py", free_threaded, "PYTHON_GIL=0")
    assert cell.observed["gil"] is False
    assert cell.rate_per_s


def test_a_gil_asked_for_by_a_setting_is_in_the_name_and_so_a_number(servers, free_threaded):
    cell = cell_of(servers / "gil_early.py", free_threaded, "PYTHON_GIL=1")
    assert cell.label == "gil_early PYTHON_GIL=1"
    assert cell.observed["gil"] is True
    assert cell.rate_per_s


def test_other_rounds_are_not_wasted_on_it(servers, free_threaded):
    runner = measured(choose_targets([str(servers / "gil_early.py")], [], [free_threaded], []), servers, rounds=3)
    assert [len(cell.trials) for cell in runner.run.cells] == [1]
    assert runner.run.complete


def test_the_matrix_shows_a_letter_and_the_reason_in_its_place(servers, free_threaded):
    other = msgspec.structs.replace(free_threaded, short="another")  # a second column
    names = ["threads", str(servers / "gil_early.py")]
    run = measured(choose_targets(names, [], [free_threaded, other], []), servers).run
    figures = matrices(run)[0]
    threads, early = figures.entries
    assert [entry.text for entry in early] == ["a", "a"]
    assert all(entry.text not in ("", "a") for entry in threads)
    assert "a: turns_gil_on turned the GIL back on" in matrices(run)[-1].notes
