"""Whatever a target is, a finding comes of it, and no process is left."""

import dataclasses
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from concur import catalog
from concur.bench import target as targets
from concur.bench.plan import Target
from concur.conformance import BROKEN, DECLARED, NOT_CHECKABLE, OUT_OF_DATE, check_echo, check_promise
from concur.conformance.promises import CHECKS
from concur.conformance.subject import Subject
from concur.interpreters.find import current

if TYPE_CHECKING:
    from tests.conformance.conftest import Find

Make = Callable[[str], Target]


@pytest.fixture(autouse=True)
def _nobody_is_left():
    yield
    assert not psutil.Process().children(recursive=True)


def test_each_promise_has_its_checks():
    assert CHECKS.keys() == catalog.PROMISES.keys()


def test_what_is_absent_is_not_checkable_for_that_reason(own: Make):
    absent = msgspec.structs.replace(own("threaded"), absent="needs a moon")
    assert [(each.verdict, each.reason) for each in check_echo(absent, [1, 5])] == [(NOT_CHECKABLE, "needs a moon")] * 2


def test_what_does_not_start_breaks_each_promise_and_is_tried_once(tmp_path: Path):
    server = tmp_path / "broken.py"
    server.write_text(f"open({str(tmp_path / 'tries')!r}, 'a').write('!')\nimport no_such_library\n")
    found = check_echo(Target(kind="own", name=str(server), interpreter=current()))
    assert [each.verdict for each in found] == [BROKEN] * 9
    assert all("no_such_library" in each.checks[0].seen for each in found)
    assert (tmp_path / "tries").read_text() == "!"


def row(unmet: dict[int, str]) -> catalog.Model:
    return dataclasses.replace(catalog.model("threads"), unmet=unmet)


def subject_of(unmet: dict[int, str], name: str = "threads", kind: str = "model") -> Subject:
    subject = Subject(Target(kind=kind, name=name, interpreter=current()))
    subject.row = row(unmet)
    return subject


def test_a_declaration_that_is_not_true_any_more_is_out_of_date():
    finding = check_promise(subject_of({2: "it forgets"}), 2)
    assert (finding.verdict, finding.reason) == (OUT_OF_DATE, "it forgets")
    assert all(check.ok for check in finding.checks)


def test_a_declaration_that_is_true_is_no_failure(own: Make):
    finding = check_promise(subject_of({2: "it is rude"}, own("resets_at_the_end").name, "own"), 2)
    assert (finding.verdict, finding.reason) == (DECLARED, "it is rude")


@pytest.mark.parametrize("promise", [5, 6, 8])
def test_a_command_whose_port_others_serve_is_not_looked_into(
    find: "Find", monkeypatch: pytest.MonkeyPatch, promise: int
):
    with socket.create_server(("127.0.0.1", 0)) as others:
        monkeypatch.setattr(targets, "_free_port", lambda: others.getsockname()[1])
        finding = find(Target(kind="command", name="sh -c 'sleep 60' {port}", interpreter=current()), promise)
    assert finding.verdict == NOT_CHECKABLE
    assert "did not start" in finding.reason


@pytest.mark.parametrize(("limit", "said"), [((64, 64), "may hold only 64"), ((64, 4096), "512 512")])
def test_too_few_descriptors_are_raised_or_said(limit: tuple[int, int], said: str) -> None:
    program = f"""import resource
from concur.conformance.promises import have_descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, {limit})
try:
    have_descriptors()
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 512)
except Exception as error:
    print(error)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=15, check=True)
    assert said in done.stdout
