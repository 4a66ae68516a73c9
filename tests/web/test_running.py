import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from concur.errors import MachineError, TargetError
from concur.web import ceiling
from concur.web.graph import Web
from concur.web.program import main
from concur.web.running import running


def test_the_web_that_runs_is_the_one_asked_for_and_ends_with_its_context() -> None:
    web = Web(seed=9, pages=123, links=7, latency="constant:1ms", faults="gone=5%,all", hosts=2, crawl_delay_s=0.5)
    with running(web) as served:
        assert served.addresses.web is web
        assert served.ready["pages"] == 123
        assert served.ready["loop"] in ("uvloop", "asyncio")
        assert served.ready["origins"] == list(served.addresses.bases)
        assert served.seed == f"http://127.0.0.1:{served.ready['port']}/"
        assert served.log().requests == 0
    with pytest.raises(ProcessLookupError):
        os.kill(served.pid, 0)
    with pytest.raises(TargetError, match="does not answer"):
        served.log()


def test_a_web_that_cannot_listen_says_why() -> None:
    with pytest.raises(MachineError, match="does not start.*203.0.113.1"), running(Web(), host="203.0.113.1"):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_ends_by_a_signal_with_status_0_and_silent(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "concur.web.program", "--pages", "20", "--hosts", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        ready = json.loads(process.stdout.readline())
        process.send_signal(number)
        assert (process.wait(), process.stderr.read()) == (0, b"")
    assert ready.keys() == {"event", "host", "port", "pid", "pages", "loop", "origins"}
    assert (ready["pid"], len(ready["origins"])) == (process.pid, 2)


def test_a_web_does_not_outlive_whoever_runs_it() -> None:
    program = (
        "import os\nfrom concur.web.running import running\nfrom concur.web.graph import Web\n"
        "with running(Web()) as served:\n    print(served.pid, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )  # until its pipes are closed
    assert ended.returncode == -signal.SIGKILL
    pid = int(ended.stdout)
    while Path(f"/proc/{pid}/cmdline").exists() and b"concur.web.program" in Path(f"/proc/{pid}/cmdline").read_bytes():
        time.sleep(0.01)


def test_what_cannot_be_served_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pages", "3"]) == 2
    assert main(["--port", "70000"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_ceiling_is_measured_without_latency_and_faults() -> None:
    found = ceiling.measure(Web(pages=50, latency="constant:30s", faults="gone=100%"), connections=3, window_s=0.3)
    assert found.pages_per_s > 0
    assert found.bytes_per_s > 1000 * found.pages_per_s
    assert found.connections == 3
    assert found.server_busy > 0
    assert found.client_busy > 0


def test_without_uvloop_the_standard_librarys_loop_serves() -> None:
    program = (
        "import sys; sys.modules['uvloop'] = None; from concur.web.program import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "--pages", "20", "--faults", "reset_always=100%", "--hosts", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        with urllib.request.urlopen(ready["origins"][0]) as answer:
            assert b"<h1>Page 0</h1>" in answer.read()
        web = Web(pages=20, hosts=2)
        number = next(number for number in range(1, 20) if web.host(number) == 1)
        with pytest.raises(ConnectionResetError):
            urllib.request.urlopen(f"{ready['origins'][1]}/p/{number}")
        process.terminate()
        assert process.wait() == 0
    assert ready["loop"] == "asyncio"
