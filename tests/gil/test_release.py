"""Which operations let go: the controls, the rows, and what is found here."""

import sys

import pytest

from concur.gil import release
from concur.gil.choosing import choose_asked
from concur.gil.points import Outcome, Point, Sample

ALL = Point(interpreter="3.11", what=("all",))


def found(beats: int, calls: int = 10) -> dict[str, int]:
    return {"beats": beats, "calls": calls, "took_ns": 100_000_000}


def sample(*, gil: bool = True, bytecode: int = 0, sleep: int = 1000, **operations: int) -> Sample:
    told = [{"operation": name, "group": "text"} | found(beats) for name, beats in operations.items()]
    return {"observed": {"gil": gil}, "bytecode": found(bytecode), "sleep": found(sleep), "operations": told}


def lets_go(*samples: Sample) -> dict[str, bool | None]:
    outcome = Outcome(point=ALL, samples=dict(enumerate(samples, 1)))
    return {row.operation: row.lets_go for row in release.rows([outcome])}


def test_who_beats_beside_it_says_that_it_lets_go():
    assert lets_go(sample(hash=900, json=0)) == {"hash": True, "json": False}


def test_a_beat_now_and_then_is_the_runtimes_own():
    assert lets_go(sample(sort=2)) == {"sort": False}


def test_a_busy_round_can_only_hide_beats():
    assert lets_go(sample(hash=0), sample(hash=900)) == {"hash": True}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (sample(gil=False), release.NO_GIL),
        (sample(bytecode=5), release.CANNOT_TELL),
        (sample(sleep=0), release.HEART_STANDS),
    ],
)
def test_where_the_controls_fail_nothing_is_said(one, reason):
    (row,) = release.rows([Outcome(point=ALL, samples={1: one})])
    assert row.absent == reason


def test_what_a_python_lacks_is_absent_with_the_reason():
    told = sample()
    told["operations"] = [{"operation": "numpy.add", "group": "numbers", "absent": "needs numpy"}]
    (row,) = release.rows([Outcome(point=ALL, samples={1: told})])
    assert (row.absent, row.lets_go) == ("needs numpy", None)


@pytest.mark.long
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy lets go in other places")
def test_here_sleeping_lets_go_and_parsing_does_not():
    here, _ = choose_asked("threads", sys.executable, quick=True)
    (point,) = release.points(here)
    rows = release.rows([Outcome(point=point, samples={1: release.measure(point, here, 1)})])
    told = {row.operation: row.lets_go for row in rows}
    assert told["time.sleep of 100 µs"] is True
    assert told["json.loads of 20 KB"] is False
    assert told["zlib.crc32 of 4 KiB"] is False  # the dose's kind «held» rests on it
