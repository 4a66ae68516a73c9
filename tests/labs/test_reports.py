import json

import pytest

from concur.labs.job import Job, Limits, job_from, job_line
from concur.labs.limits import hard_limits
from concur.labs.reports import KEPT_BYTES, LINE_BYTES, Output, Reports


def line(**words: object) -> bytes:
    return json.dumps({"nonce": "n", **words}).encode() + b"\n"


def test_a_short_output_is_whole() -> None:
    output = Output()
    for piece in (b"hello ", b"w\xc3", b"\xb6rld\n"):
        output.take(piece)
    assert output.text() == "hello wörld\n"


@pytest.mark.parametrize("piece", [1, 1000, KEPT_BYTES, 5 * KEPT_BYTES])
def test_of_a_long_output_both_ends_are_kept_and_the_rest_is_counted(piece: int) -> None:
    data = b"a" * KEPT_BYTES + b"b" * 10_000 + b"c" * KEPT_BYTES
    output = Output()
    for at in range(0, len(data), piece):
        output.take(data[at : at + piece])
    assert output.text() == "a" * KEPT_BYTES + "\n… 10,000 bytes left out …\n" + "c" * KEPT_BYTES
    assert output.bytes == len(data)


def test_reports_may_come_in_any_pieces() -> None:
    reports = Reports("n")
    for byte in line(phase="loading") + line(offence="x") + line(verdict="passed"):
        reports.take(bytes([byte]))
    assert (reports.phase, reports.offences, reports.told) == ("loading", ["x"], {"verdict": "passed"})
    assert not reports.is_forged


@pytest.mark.parametrize(
    "data",
    [
        b'{"verdict": "passed"}\n',
        b'{"nonce": "m", "verdict": "passed"}\n',
        b"\xff\n",
        b"3\n",
        b"[]\n",
        b"x" * LINE_BYTES * 2,
    ],
)
def test_what_has_not_the_nonce_is_forged(data: bytes) -> None:
    reports = Reports("n")
    reports.take(data)
    assert (reports.is_forged, reports.told) == (True, None)


def test_the_first_verdict_counts() -> None:
    reports = Reports("n")
    reports.take(line(verdict="failed") + line(verdict="passed"))
    assert reports.told == {"verdict": "failed"}


def test_a_job_goes_through_a_pipe() -> None:
    job = Job(["python"], {"A": "b"}, "/x", {"nonce": "n"}, Limits(1.5, 10, 3))
    assert job_from(job_line(job)) == job


def test_without_a_fence_the_user_s_tasks_are_limited() -> None:
    limits = Limits(1.0, 10, 3)
    assert len(hard_limits(limits, is_fenced=False)) == len(hard_limits(limits, is_fenced=True)) + 1
