"""`concur crawl` as people run it: against the web that knows the right answer, interrupted, killed, and misused."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from concur.cli import main
from concur.web.graph import Web
from concur.web.judging import check
from concur.web.oracle import expected
from concur.web.running import running

QUICK = ("--delay", "0", "--per-origin", "4")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "concur.cli", "crawl", *arguments]


def crawl(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=18)


@contextmanager
def crawling(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def exported(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def wait_for_lines(path: Path, count: int) -> None:
    while not path.exists() or path.read_text().count("\n") < count:
        time.sleep(0.01)


@pytest.mark.parametrize("model", ["asyncio_streams", "threads", "trio_tasks"])
def test_a_disk_that_is_full_ends_it_with_what_to_do(model: str, tmp_path: Path) -> None:
    with running(Web(pages=200, seed=3)) as served:
        whole = shlex.join(command(served.seed, *QUICK, "-m", model, "--resume", str(tmp_path / "x")))
        limited = ["sh", "-c", f"ulimit -f 8; exec {whole}"]  # 4 or 8 KiB, as the shell has it
        done = subprocess.run(limited, capture_output=True, text=True, timeout=18, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"concur: the journal {tmp_path / 'x'} cannot be written: File too large. Make room, or choose another file.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_export_to_a_full_disk_says_so() -> None:
    with running(Web(pages=100, seed=3)) as served:
        done = crawl(served.seed, *QUICK, "--export", "/dev/full")
    said = "concur: cannot write /dev/full: No space left on device. Make room, or choose another file.\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_who_reads_the_export_may_go_before_its_end() -> None:
    with (
        running(Web(pages=300, seed=3)) as served,
        crawling(served.seed, *QUICK, "--pages", "0", "--export", "-") as process,
    ):
        assert process.stdout
        assert process.stdout.readline().startswith("{")
        process.stdout.close()
        assert process.wait(15) == 1
        assert process.stderr
        assert "Traceback" not in process.stderr.read()


def test_what_is_exported_is_exactly_the_web(tmp_path: Path) -> None:
    with running(Web(pages=120, faults="all", seed=3)) as served:
        done = crawl(served.seed, *QUICK, "--pages", "0", "--export", str(tmp_path / "x"))
        answer = expected(served.addresses)
        assert check(served.log(), answer, connections=4) == []
    rows = exported(tmp_path / "x")
    assert {row["url"] for row in rows} == answer.pages
    assert set(rows[0]) == {"url", "status", "bytes", "ms", "depth", "referrer", "title", "error"}
    assert rows[0]["bytes"] > 100
    assert rows[0]["title"]
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("broken", "slowest pages", "redirects that lead to redirects", "robots.txt"):
        assert word in done.stdout


@pytest.mark.parametrize("model", ["asyncio_streams", "threads", "prefork"])
def test_a_crawl_that_was_killed_goes_on_and_no_page_is_lost(model: str, tmp_path: Path) -> None:
    saved, export = tmp_path / "saved", tmp_path / "x"
    with running(Web(pages=150, latency="constant:5ms", seed=8)) as served:
        arguments = (served.seed, *QUICK, "-m", model, "--pages", "0", "--resume", str(saved), "--export", str(export))
        with crawling(*arguments) as process:
            wait_for_lines(saved, 40)
            os.killpg(process.pid, signal.SIGKILL)
        assert len(saved.read_text().splitlines()) < 150
        assert crawl(*arguments).returncode == 0
        assert {row["url"] for row in exported(export)} == expected(served.addresses).pages
        assert len(exported(export)) == len(expected(served.addresses).pages)


def test_an_interrupted_crawl_reports_and_says_how_to_go_on(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    with (
        running(Web(pages=500, latency="constant:10ms", seed=8)) as served,
        crawling(served.seed, *QUICK, "--resume", str(saved)) as process,
    ):
        wait_for_lines(saved, 10)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130
    assert "more are left" in output
    assert f"goes on from {saved}" in " ".join(output.split()) or "goes on from" in output
    assert errors == ""


def test_json_is_one_document_and_nothing_else() -> None:
    with running(Web(pages=20, seed=2)) as served:
        done = crawl(served.seed, *QUICK, "--json", "--pages", "5")
    told = json.loads(done.stdout)
    assert told["statuses"] == {"200": 5}
    assert told["is_complete"] is False
    assert "limit of 5 pages" in told["notes"][0]


def test_a_site_that_is_not_there_is_status_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = crawl(f"http://127.0.0.1:{port}/", *QUICK, "--retries", "0", "--ignore-robots")
    assert done.returncode == 1
    assert "connection refused" in done.stdout
    assert "robots.txt is not asked for" in done.stderr


def test_credentials_are_neither_sent_nor_said() -> None:
    with running(Web(pages=10, seed=2)) as served:
        done = crawl(served.seed.replace("//", "//me:secret@"), *QUICK)
    assert "left out" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert done.returncode == 0


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as raised:
        main(["crawl", *arguments])
    assert raised.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mailto:me@example.com",), "no URL to crawl"),
        (("http://me:secret@",), "no URL to crawl"),
        (("http://a.test/", "-m", "thraeds"), "threads"),
        (("http://a.test/", "--parser", "lxml"), "parser"),
        (("http://a.test/", "--delay", "-1"), "not understood"),
        (("http://a.test/", "--concurrency", "0"), "connections"),
        (("http://a.test/", "--timeout", "0"), "lets nothing arrive"),
        (("http://a.test/", "--agent", ""), "an agent cannot be called ''"),
        (("http://a.test/", "--agent", "a\nCookie: b"), "an agent cannot be called"),
        (("http://a.test/", "--export", "/no/such/folder/x"), "cannot write"),
        (("http://a.test/", "--json", "--export", "-"), "stdout"),
        (("http://a.test/", "--resume", "/dev/null/x"), "/dev/null"),
    ],
)
def test_what_makes_no_sense_is_one_line(arguments: tuple[str, ...], words: str, capsys) -> None:
    said = fails(capsys, *arguments)
    assert words in said
    assert "secret" not in said


def test_a_crawl_is_not_resumed_from_another_ones_file(tmp_path: Path, capsys) -> None:
    (tmp_path / "x").write_text("no journal\n")
    fails(capsys, "http://a.test/", "--resume", str(tmp_path / "x"))
