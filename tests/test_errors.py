"""Errors say what, why and what to do, in one line."""

import pytest

from concur.errors import ConcurError, LoadError, MachineError, TargetError, UsageError, unknown


def test_an_error_reads_as_what_why_and_what_to_do() -> None:
    assert str(ConcurError("cannot X", why="Y is not there", do="Install Y.")) == "cannot X: Y is not there. Install Y."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConcurError("cannot X"), "cannot X"),
        (ConcurError("cannot X", why="Y"), "cannot X: Y"),
        (ConcurError("cannot X", do="Do Z."), "cannot X. Do Z."),
    ],
    ids=["what", "why", "do"],
)
def test_what_is_not_known_is_left_out(error: ConcurError, message: str) -> None:
    assert str(error) == message


def test_usage_and_machine_exit_with_2_and_what_failed_in_a_run_with_1() -> None:
    assert {kind: kind.status for kind in (UsageError, MachineError, TargetError, LoadError)} == {
        UsageError: 2,
        MachineError: 2,
        TargetError: 1,
        LoadError: 1,
    }


def test_an_unknown_name_is_answered_with_the_nearest_ones() -> None:
    error = unknown("model", "thread", ["threads", "callbacks"], do="`x` lists them.")
    assert isinstance(error, UsageError)
    assert str(error) == "unknown model 'thread'. Did you mean threads? `x` lists them."


def test_a_name_like_nothing_is_answered_with_all() -> None:
    assert str(unknown("model", "zzz", ["threads", "callbacks"])) == "unknown model 'zzz'. Known: callbacks, threads."
