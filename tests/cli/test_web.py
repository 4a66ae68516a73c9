import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from concur.cli import main


@contextmanager
def serving(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "concur.cli", "web", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[str, str, int]:
    """Output and errors from then on, and the status."""
    process.send_signal(number)
    output, errors = process.communicate()
    return output, errors, process.returncode


def line(stream: IO[str] | None) -> Any:
    assert stream
    return json.loads(stream.readline())


def ask(url: str) -> None:
    with urllib.request.urlopen(url) as answer:
        answer.read()


def fails(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["web", *arguments])
    return int(raised.value.code or 0)


def test_json_has_the_right_answer_before_and_what_was_asked_after() -> None:
    with serving("--pages", "50", "--faults", "private=100%", "--max-depth", "1", "--json") as process:
        ready = line(process.stdout)
        assert ready["expected"]["urls"] > 5
        assert (ready["expected"]["max_depth"], ready["event"], ready["pages"]) == (1, "ready", 50)
        for path in ("/robots.txt", "/", "/", "/private/3"):
            ask(ready["origins"][0] + path)
        output, errors, status = end(process, signal.SIGTERM)
    told = json.loads(output)
    assert (told["event"], told["requests"], told["urls"], told["over_fetched"]) == ("end", 4, 3, 2)
    assert told["missing"] == ready["expected"]["urls"] - 1
    assert told["complaints"] == [
        "/private/3 was asked for, but is forbidden by robots.txt",
        "/ was asked for 2 times, 1 is allowed",
    ]
    assert (errors, status) == ("", 0)


def test_people_read_where_it_serves_and_what_came_of_it() -> None:
    with serving("--pages", "50", "--latency", "constant:1ms") as process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(4)]
        ask(told[2].split()[1].rstrip(","))
        output, errors, status = end(process, signal.SIGINT)
    assert "50 pages, 20 links and 10 KiB each in the mean" in told[0]
    assert "latency constant:1ms, faults none, seed 1" in told[1]
    assert "a correct crawl fetches 50 URLs" in told[3]
    assert "1 request for 1 URL" in output
    assert "49 of the 50 URLs of a correct crawl" in output
    assert "/ was asked for before /robots.txt" in output or "/robots.txt was never asked for" in output
    assert (errors, status) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--pages", "9"], "pages of 9"),
        (["--pages", "1G"], "pages of 1,000,000,000"),
        (["--pages", "x"], "'x' is not understood"),
        (["--latency", "slow"], "unknown latency 'slow'"),
        (["--faults", "everything"], "unknown fault 'everything'"),
        (["--faults", "endless"], "has no end"),
        (["--port", "70000"], "there is no port 70000"),
        (["--port", "65535", "--hosts", "2"], "there is no port 65536"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_status_2(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fails(*arguments) == 2
    said = capsys.readouterr().err
    assert what in said
    assert said.count("\n") == 1


def test_the_table_of_faults_is_there_for_people_and_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails("--faults", "list") == 0
    assert "redirect_loop" in capsys.readouterr().out
    assert fails("--faults", "list", "--json") == 0
    assert "redirect_loop" in {row["name"] for row in json.loads(capsys.readouterr().out)}


def test_the_ceiling_is_said_with_how_busy_either_side_was(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from concur.web.ceiling import Ceiling

    found = Ceiling(9000.0, 2.0**27, 32, 3.0, server_busy=0.5, client_busy=0.2, loop="uvloop")
    monkeypatch.setattr("concur.web.ceiling.measure", lambda web: found)
    assert fails("--ceiling") == 0
    said = capsys.readouterr().out
    assert "9,000 pages/s" in said
    assert "128 MiB/s over 32 connections, uvloop" in said
    assert "the server was not the limit" in said
    assert fails("--ceiling", "--json") == 0
    assert json.loads(capsys.readouterr().out)["pages_per_s"] == 9000.0
