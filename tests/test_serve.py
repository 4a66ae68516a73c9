"""The program that a target is: it finds its model, says what it is, and accounts for itself."""

import json
import os
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from concur import serve
from concur.echo.contract import Service, listen
from concur.errors import UsageError
from concur.topology import Topology

if TYPE_CHECKING:
    from tests.conftest import StartTarget

ROOT = Path(__file__).resolve().parents[1]
NOTHING = {"threads": 0, "connections": 0, "descriptors": 0, "children": 0}


def refuse(*arguments: object, python: tuple[str, ...] = (sys.executable,), **env: str) -> str:
    """The one line with which it exits, status 2, having said nothing else."""
    command = [*python, "-m", "concur.serve", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=15, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


# Refusing


def test_a_port_in_use_is_one_line() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert "in use. Choose another port" in refuse("threads", "--port", listener.getsockname()[1])


@pytest.mark.parametrize(("model", "library"), [("uvloop_protocol", "uvloop"), ("gevent_greenlets", "gevent")])
def test_a_missing_library_is_one_line_with_how_to_install_it(model: str, library: str) -> None:
    said = refuse(model, python=(sys.executable, "-S"))
    assert f"{model} cannot run here: needs {library}, not installed in" in said
    assert f"pip install {library}" in said


def test_an_unknown_model_is_one_line() -> None:
    assert "unknown model 'thread'. Did you mean threads" in refuse("thread")


@pytest.mark.parametrize("option", ["--cpu=-1", "--wait=-1", "--heavy=-1", "--wait=nan", "--wait=inf"])
def test_a_dose_that_cannot_be_is_one_line(option: str) -> None:
    assert "cannot be negative, nor endless" in refuse("threads", option)


@pytest.mark.parametrize("workers", [0, -1, 99_999_999])
def test_a_pool_that_cannot_be_is_one_line(workers: int) -> None:
    assert f"no pool has {workers} workers" in refuse("prefork", f"--pool={workers}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("", "has no function serve"),
        ("serve = 7", "has no function serve"),
        ("import no_such_library", "cannot be imported: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def serve(", "cannot be imported: SyntaxError"),
        ("raise SystemExit(0)", "cannot be imported: SystemExit: 0"),
    ],
    ids=["absent", "empty", "no function", "import fails", "syntax", "exits"],
)
def test_a_file_that_is_no_model_is_one_line(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "mine.py").write_text(content)
    assert said in refuse(tmp_path / "mine.py")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prefork", "--offload", "2:threads"], "prefork cannot offload to 2 threads: a connection has a process"),
        (["subinterpreters", "--offload", "2:processes"], "needs Python 3.14"),
        (["threads", "--workers", "2:interpreters", "--offload", "1:processes"], "threads cannot"),
        (["threads", "--offload", "2"], "cannot read --offload '2'"),
        (["threads", "--offload", "2:thread"], "Did you mean threads"),
        (["threads", "--udp", "--offload", "2:threads"], "Leave --offload or --udp out."),
    ],
    ids=" ".join,
)
def test_who_cannot_offload_is_told_so_in_one_line(words: list[str], said: str) -> None:
    assert said in refuse(*words)


def test_a_subinterpreter_is_not_to_fork_for_its_computing() -> None:
    options = serve.parser().parse_args(["subinterpreters", "--offload", "2:processes"])
    with pytest.raises(UsageError, match="a subinterpreter may not fork"):
        serve.offload_of(options, None)


def test_computing_for_subinterpreters_is_left_to_each_of_them() -> None:
    options = serve.parser().parse_args(["subinterpreters"])
    assert serve.has_workers(options, None)
    assert serve.has_workers(serve.parser().parse_args(["threads"]), Topology(2, "threads"))
    assert not serve.has_workers(serve.parser().parse_args(["threads"]), None)


# Finding the model

MINE = """
from neighbour import greet
def serve(listener, stop, service):
    service.notes["greeting"] = greet()
    for connection in service.connections(listener, stop):
        connection.close()
"""


def test_a_file_is_a_model_with_its_neighbours(start_target: "StartTarget", tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "neighbour.py").write_text("def greet(): return 'hello'")
    target = start_target(tmp_path / "mine.py")
    assert target.end()["observed"]["greeting"] == "hello"


def test_an_entry_point_is_a_model(start_target: "StartTarget", tmp_path: Path) -> None:
    (tmp_path / "their_server.py").write_text(MINE.replace("from neighbour import greet", "greet = str"))
    information = tmp_path / "theirs-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (information / "entry_points.txt").write_text("[concur.models]\ntheirs = their_server\n")
    target = start_target("theirs", PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")
    assert target.end()["left"] == NOTHING
    assert "theirs" in refuse("their", PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")


# What it says


def test_it_says_on_standard_output_when_it_is_ready(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "concur.serve", "threads"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=10)
    assert (process.returncode, rest, said) == (0, b"", b"")
    assert ready["event"] == "ready"
    assert (ready["host"], ready["pid"]) == ("127.0.0.1", process.pid)
    assert ready["port"] > 0


def test_it_says_what_it_observed_of_itself(start_target: "StartTarget") -> None:
    target = start_target("asyncio_protocol", "--cpu", 1)
    observed = target.ready["observed"]
    assert observed["version"] == sys.version.split()[0]
    assert observed["executable"] == sys.executable
    assert observed["gil"] is getattr(sys, "_is_gil_enabled", lambda: True)()
    assert observed["libraries"] == {}
    assert observed["dose_unit_ns"] > 0
    words = target.end()
    assert words["event"] == "end"
    assert "loop" in words["observed"]
    assert words["usage"]["user_s"] > 0
    assert words["usage"]["maximum_rss_kib"] > 1000


def test_it_says_the_versions_of_what_the_model_is_about(start_target: "StartTarget") -> None:
    uvloop = pytest.importorskip("uvloop")
    assert start_target("uvloop_protocol").ready["observed"]["libraries"] == {"uvloop": uvloop.__version__}


@pytest.mark.parametrize("units", [0, 1])
def test_without_computing_there_is_no_unit_to_measure(units: int) -> None:
    options = Namespace(model="threads", cpu=units, cpu_kind="python", wait=0.001, heavy=0)
    observed = serve.observe(options, Service(serve.dose_of(options)))
    assert ("dose_unit_ns" in observed) == bool(units)


LEAVES = """
import os, subprocess, sys, threading, time
def serve(listener, stop, service):
    stop.wait(10)
    {leave}
"""


@pytest.mark.parametrize(
    ("leave", "left"),
    [
        ("os.pipe()", {"descriptors": 2}),
        ("os.dup(0)", {"descriptors": 1}),
        ("threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()", {"threads": 1}),
        ("service.open.add(99)", {"connections": 1}),
        ("if os.fork() == 0: os._exit(0)", {"children": 1}),
    ],
    ids=["pipe", "one descriptor", "thread", "connection", "child"],
)
def test_it_says_what_it_leaves_behind(
    start_target: "StartTarget", tmp_path: Path, leave: str, left: dict[str, int]
) -> None:
    (tmp_path / "leaves.py").write_text(LEAVES.format(leave=leave))
    assert start_target(tmp_path / "leaves.py").end()["left"] == NOTHING | left


def test_a_line_is_written_whole_however_little_the_pipe_takes() -> None:
    reading, writing = os.pipe()
    serve.tell(writing, {"long": "x" * 50_000})
    os.close(writing)
    with open(reading) as pipe:
        assert json.loads(pipe.read()) == {"long": "x" * 50_000}


def test_a_dose_is_none_unless_asked_for() -> None:
    assert serve.dose_of(Namespace(cpu=0, cpu_kind="held", wait=0.0, heavy=0)) is None
    dose = serve.dose_of(Namespace(cpu=3, cpu_kind="held", wait=0.5, heavy=7))
    assert dose
    assert (dose.cpu_units, dose.kind, dose.wait_s, dose.heavy_units) == (3, "held", 0.5, 7)
    assert serve.dose_of(Namespace(cpu=0, cpu_kind="held", wait=0.0, heavy=1))
    with pytest.raises(UsageError):
        serve.dose_of(Namespace(cpu=-1, cpu_kind="held", wait=0.0, heavy=0))


@pytest.mark.parametrize(("name", "expected"), [("threads", 65_536), ("asyncio_protocol", 262_144)])
def test_what_a_read_asks_for_is_recorded(start_target: "StartTarget", name: str, expected: int) -> None:
    target = start_target(name)
    with target.connect() as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
    assert target.end()["observed"]["read_bytes"] == expected
