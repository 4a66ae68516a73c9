"""A target's life over real processes: whatever it does, nobody is left."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from concur.bench import target as targets
from concur.bench.launch import Launch
from concur.bench.placement import Placement
from concur.bench.plan import Target
from concur.bench.scenarios import scenario
from concur.bench.target import kill_all, launch, running_on, start
from concur.bench.trial import smoke
from concur.errors import TargetError
from concur.interpreters.find import current

SERVERS = Path(__file__).parent / "servers"
FREE = Placement(name="free", target=None, engine=None, allotted=1)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def own(name: str) -> Target:
    return Target(kind="own", name=str(SERVERS / f"{name}.py"), interpreter=current())


def model(name: str) -> Target:
    return Target(kind="model", name=name, interpreter=current())


def command(*words: str) -> Target:
    return Target(
        kind="command",
        name=" ".join([sys.executable, str(SERVERS / "command_server.py"), *words]),
        interpreter=current(),
    )


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_model_serves_drains_and_reports():
    with start(model("threads"), scenario("small"), FREE) as running:
        smoke(running.host, running.port)
        assert running.ready["observed"]["implementation"] in ("CPython", "PyPy")
        report = running.stop()
    assert report["accepted"] == 1
    assert set(report["left"].values()) == {0}
    assert is_gone(running.pid)


def test_a_dose_is_passed_on():
    with start(model("sequential"), scenario("cpu"), FREE) as running:
        smoke(running.host, running.port)
        assert running.ready["observed"]["dose_unit_ns"] > 0


def test_what_a_server_prints_disturbs_nobody():
    with start(own("healthy"), scenario("small"), FREE) as running:
        smoke(running.host, running.port)
        running.stop()
        assert "hello from a server that prints" in running.said()


def test_a_file_that_cannot_be_imported_is_told_in_one_message():
    with pytest.raises(TargetError, match="broken_import did not start.*a_module_that_is_not_there"):
        start(own("broken_import"), scenario("small"), FREE)


def test_an_interpreter_that_cannot_start_is_told():
    broken = Target(
        kind="model", name="threads", interpreter=current().__class__(short="x", executable="/nowhere/python")
    )
    with pytest.raises(TargetError, match="/nowhere/python cannot be started"):
        start(broken, scenario("small"), FREE)


def test_a_server_that_never_answers_fails_the_smoke(monkeypatch):
    monkeypatch.setattr("concur.bench.trial.SMOKE_S", 0.2)
    with (
        start(own("hangs"), scenario("small"), FREE) as running,
        pytest.raises(TargetError, match="does not answer"),
    ):
        smoke(running.host, running.port)
    assert is_gone(running.pid)


def test_a_server_that_ignores_sigterm_is_killed(monkeypatch):
    monkeypatch.setattr(targets, "GRACE_S", 0.2)
    monkeypatch.setattr(targets, "AFTER_GRACE_S", 0.2)
    with start(own("stays"), scenario("small"), FREE) as running:
        smoke(running.host, running.port)
        with pytest.raises(TargetError, match="ignored SIGTERM"):
            running.stop()
    assert is_gone(running.pid)


def test_a_command_is_ready_when_its_port_accepts():
    with start(command("{port}"), scenario("small"), FREE) as running:
        smoke(running.host, running.port)
        assert running.ready == {}
        assert running.stop() == {}
    assert is_gone(running.pid)


def test_a_command_that_never_listens_is_told_and_killed(monkeypatch):
    monkeypatch.setattr(targets, "START_S", 0.5)
    with pytest.raises(TargetError, match="never listened"):
        start(command("{port}", "never"), scenario("small"), FREE)
    assert not targets._running


def test_a_command_that_ends_at_once_is_told_with_its_last_line():
    ends = Target(kind="command", name=f"{sys.executable} -c print('bye{{port}}')", interpreter=current())
    with pytest.raises(TargetError, match="ended before it listened.*bye"):
        start(ends, scenario("small"), FREE)


def test_a_second_interrupt_can_end_everything():
    with start(model("threads"), scenario("small"), FREE) as running:
        kill_all()
        running.process.wait()
        assert not running.is_alive()
        with pytest.raises(TargetError, match="ended by itself.*SIGKILL"):
            running.stop()


def test_an_interrupt_at_a_start_leaves_nobody(monkeypatch):
    born = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments, **options):
            signal.raise_signal(signal.SIGINT)
            super().__init__(*arguments, **options)
            born.append(self)
            signal.raise_signal(signal.SIGINT)

    target = model("threads")
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(target, scenario("small"), FREE)
    assert targets._running == {born[0].pid}
    kill_all()
    assert born[0].wait() == -signal.SIGKILL


def test_running_on_is_undone():
    before = os.sched_getaffinity(0)
    with running_on((min(before),)):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before


def test_a_launch_sets_the_port_the_grace_and_the_dose():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with launch(model("threads"), Launch(port=port, grace_s=0.1, wait_s=0.6)) as running:
        assert running.port == port
        with socket.create_connection((running.host, port)) as connection:
            connection.sendall(b"first\nlong\n")
            assert connection.recv(6) == b"first\n"
            assert running.stop()["forced"] == 1


def test_a_launch_limits_descriptors_hard_and_soft():
    with launch(model("threads"), Launch(descriptors=64)) as running:
        assert psutil.Process(running.pid).rlimit(psutil.RLIMIT_NOFILE) == (64, 64)
        smoke(running.host, running.port)
        running.stop()


def test_a_launch_hides_libraries():
    with (
        pytest.raises(TargetError, match="uvloop_protocol cannot run here: needs uvloop"),
        launch(model("uvloop_protocol"), Launch(without=("uvloop",))),
    ):
        raise AssertionError("it cannot have started")


def test_what_hides_libraries_changes_nothing_else():
    with launch(model("threads"), Launch(without=("uvloop", "gevent"))) as running:
        smoke(running.host, running.port)
        assert running.stop()["accepted"] == 1


def test_complaints_are_what_came_on_standard_error_once_it_was_ready(tmp_path):
    (tmp_path / "complains.py").write_text(COMPLAINS)
    with launch(Target(kind="own", name=str(tmp_path / "complains.py"), interpreter=current()), Launch()) as running:
        with socket.create_connection((running.host, running.port)) as connection:
            assert connection.recv(1) == b""
        assert running.complaints() == "afterwards"
        assert running.said() == "on standard output\nbefore\nafterwards"
        running.stop()


COMPLAINS = """
import sys
print("on standard output", flush=True)
print("before", file=sys.stderr)
def serve(listener, stop, service):
    for connection in service.connections(listener, stop):
        print("afterwards", file=sys.stderr)
        connection.close()
"""


def test_a_report_that_is_rubbish_is_told(tmp_path):
    rubbish = "import os, sys\ndef serve(listener, stop, service):\n    stop.wait(10)\n    {}\n    os._exit(0)\n"
    write = "os.write(int(sys.argv[sys.argv.index('--control') + 1]), b'rubbish\\n')"
    (tmp_path / "babbles.py").write_text(rubbish.format(write))
    babbles = Target(kind="own", name=str(tmp_path / "babbles.py"), interpreter=current())
    with launch(babbles, Launch()) as running, pytest.raises(TargetError, match="not understood.*rubbish"):
        running.stop()


def test_a_target_can_be_asked_while_it_serves_and_leaves_nothing_more():
    with start(model("threads"), scenario("small"), FREE, ask=True) as running:
        first = running.ask()
        smoke(running.host, running.port)
        second = running.ask()
        assert second["at_ns"] > first["at_ns"]
        assert all(new >= old for new, old in zip(second["collections"], first["collections"], strict=True))
        assert second["thread"] in [thread.id for thread in psutil.Process(running.pid).threads()]
        assert set(running.stop()["left"].values()) == {0}


def test_a_target_that_was_not_started_to_be_asked_cannot():
    with start(model("threads"), scenario("small"), FREE) as running:
        with pytest.raises(TargetError, match="cannot be asked"):
            running.ask()
        running.stop()


def test_a_target_that_has_ended_gives_no_answer():
    with start(model("threads"), scenario("small"), FREE, ask=True) as running:
        running.stop()
        with pytest.raises(TargetError, match="does not answer what it is asked"):
            running.ask()
