"""`concur check` as a user runs it: a list or a table, what is said where, its exit status, and nobody is left."""

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

SERVERS = Path(__file__).parents[1] / "conformance" / "servers"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 18


@pytest.fixture
def environment(tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "cache"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONCUR_")}
    return kept | {"CONCUR_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"}


@pytest.fixture
def check(tmp_path, environment):
    def run(*arguments):
        command = [sys.executable, "-m", "concur.cli", "check", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    return run


def test_a_model_that_keeps_its_promises_is_a_list_of_them(check):
    done = check("callbacks", "--promises", "1,2")
    assert done.returncode == 0
    assert re.fullmatch(r"callbacks on \S+\n", done.stderr)
    assert "✓ 1  bytes return exactly, whatever their split" in done.stdout
    assert "✓ 2  a half-closed peer gets everything before the close" in done.stdout
    assert "2 kept" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_broken_promise_says_what_was_done_expected_and_seen_and_is_status_1(check):
    done = check(SERVERS / "resets_at_the_end.py", "--promises", "2")
    assert done.returncode == 1
    assert re.search("✗ 2 .*did .*sent 100,000 bytes.*expected .*the same.*seen .*reset by peer", done.stdout, re.S)


def test_several_are_a_table_that_says_once_what_a_mark_means(check):
    done = check("sequential,threads", SERVERS / "alters_a_byte.py", "--promises", "1,4")
    assert done.returncode == 1
    assert re.search(r"sequential +✓ +–\n", done.stdout)
    assert re.search(r"threads +✓ +✓\n", done.stdout)
    assert re.search(r"alters_a_byte +✗ +✓\n", done.stdout)
    assert "– 4 sequential: it serves one connection at a time" in done.stdout
    assert "✗ 1 alters_a_byte: sent 1 MiB in random pieces; expected: the same" in done.stdout
    assert "✓ kept  ✗ broken  – declared unmet" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_verbose_shows_what_was_kept_too(check):
    done = check("callbacks", "--promises", "9", "--verbose")
    assert "did       started it on a port that is in use" in done.stdout
    assert "Address already in use" in " ".join(done.stdout.split())


def test_json_is_one_document_with_stable_names(check):
    done = check("sequential", "--promises", "4", "--json")
    (one,) = json.loads(done.stdout)
    assert one.keys() == {"target", "interpreter", "findings"}
    (finding,) = one["findings"]
    assert finding.keys() == {"promise", "text", "verdict", "checks", "reason"}
    assert (one["target"], finding["promise"], finding["verdict"]) == ("sequential", 4, "declared")
    assert finding["checks"][0].keys() == {"did", "expected", "seen", "ok"}
    assert done.returncode == 0


def test_what_does_not_start_keeps_its_row_with_the_reason(check):
    done = check("threads", SERVERS.parents[1] / "bench" / "servers" / "broken_import.py", "--promises", "1,2")
    assert done.returncode == 1
    assert re.search(r"threads +✓ +✓\n", done.stdout)
    assert re.search(r"broken_import +✗ +✗\n", done.stdout)
    assert "a_module_that_is_not_there" in done.stdout


def test_a_command_is_checked_from_outside(check):
    server = SERVERS.parents[1] / "bench" / "servers" / "command_server.py"
    done = check("--command", f"{sys.executable} {server} {{port}}", "--promises", "1,2")
    assert done.returncode == 0, done.stdout
    assert "2 kept" in done.stdout


def test_by_datagrams_there_are_fewer_promises(check):
    done = check("generators,callbacks", "--udp")
    assert done.returncode == 0
    assert re.search(r"1 +3 +7 +8 +9\n", done.stdout)
    assert re.search(r"generators +✓ +✓ +✓ +✓ +✓\n", done.stdout)
    assert "1 a datagram returns exactly, to who sent it" in done.stdout


CRAWLERS = SERVERS.parent / "crawlers"


def test_a_crawler_is_checked_by_its_own_promises(check):
    done = check("threads", "--service", "crawl", "--promises", "3,7")
    assert done.returncode == 0, done.stdout
    assert "✓ 3  the greatest depth and the number of pages are kept" in done.stdout
    assert "2 kept" in done.stdout


def test_a_crawler_that_breaks_one_is_status_1(check):
    done = check("threads", CRAWLERS / "dies.py", "--service", "crawl", "--promises", "7")
    assert done.returncode == 1
    assert re.search(r"threads +✓\n", done.stdout)
    assert re.search(r"dies +✗\n", done.stdout)
    assert "ZeroDivisionError" in done.stdout


def test_the_hostile_webs_are_as_many_as_large_and_of_the_seeds_asked_for(check):
    options = ("--promises", "1", "--pages", "15", "--seeds", "2", "--seed", "7", "--verbose")
    done = check("asyncio_streams", "--service", "crawl", *options)
    assert done.returncode == 0, done.stdout
    assert re.findall(r"web of (\d+) pages, seed (\d+)", done.stdout) == [("15", "7"), ("15", "8")]


def test_without_a_dose_a_server_need_not_know_of_any(check):
    assert check(SERVERS / "strips_lines.py", "--promises", "1", "--plain").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to check"),
        (["threads", "--promises", "10"], "there is no promise '10'. They are: 1 bytes return exactly"),
        (["threads", "--promises", ""], "there is no promise ''"),
        (["thread"], "unknown model 'thread'. Did you mean threads"),
        (["./nowhere.py"], "there is no file ./nowhere.py"),
        (["--command", "myserver"], "does not say where the port goes"),
        (["threads", "-i", "2.7"], "unknown interpreter '2.7'"),
        (["processes", "--workers", "2:threads"], "processes cannot be had as 2 threads"),
        (["trio_tasks", "--udp"], "trio_tasks cannot serve datagrams: threads, callbacks"),
        (["threads", "--udp", "--promises", "4"], "there is no promise '4' of datagrams. They are: 1 a datagram"),
        (["threads", "--udp", "--workers", "2:threads"], "datagrams are served by one copy"),
        (["--udp", "--command", "myserver {port}"], "a command is checked by streams"),
        (["threads", "--service", "fly"], "unknown service 'fly'"),
        (["threads", "--service", "crawl", "--udp"], "--udp is of servers"),
        (["threads", "--service", "crawl", "--workers", "2:threads"], "--workers is of servers"),
        (["threads", "--service", "crawl", "--promises", "10"], "there is no promise '10' of crawlers. They are: 1 ex"),
        (["threads", "--service", "crawl", "--pages", "9"], "--pages cannot be 9. Give 10 to 100,000"),
        (["threads", "--service", "crawl", "--seeds", "0"], "--seeds cannot be 0"),
        (["threads", "--pages", "500"], "--pages is of crawlers. Give --service crawl, too"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_one_line_and_status_2(check, arguments, said):
    done = check(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_status_130_and_leaves_no_process(tmp_path, environment, number):
    command = [sys.executable, "-m", "concur.cli", "check", str(SERVERS / "never_closes.py"), "--promises", "2"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        children = servers_of(started)
        started.send_signal(number)
        out, _ = started.communicate(timeout=PATIENCE_S)
    assert (started.returncode, out) == (130, "")
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def servers_of(started):
    """Its servers, once there is one."""
    assert started.stderr
    assert select.select([started.stderr], [], [], PATIENCE_S)[0]  # it says what it begins with
    process = psutil.Process(started.pid)
    while not (children := process.children(recursive=True)):
        assert started.poll() is None
    return children
