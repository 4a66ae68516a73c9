"""Whether the switch interval is heeded: the verdicts, and the real experiment on this interpreter."""

import sys

import pytest

from concur.errors import TargetError
from concur.gil import switching
from concur.interpreters.describe import Interpreter

MS = 1e6


def answer(long_ns: float | None, short_ns: float | None, *, gil: bool = True) -> dict[str, object]:
    turns = {str(switching.LONG_S): {"quarter_ns": long_ns}, str(switching.SHORT_S): {"quarter_ns": short_ns}}
    return {"turns": turns, "observed": {"gil": True} if gil else {}}


def test_turns_as_long_as_the_interval_are_heeded():
    assert switching.judged(answer(20.2 * MS, 0.6 * MS)) == "heeded"


def test_on_a_busy_machine_short_turns_grow_and_it_is_heeded_still():
    assert switching.judged(answer(23 * MS, 4 * MS)) == "heeded"


def test_turns_that_grow_but_are_shorter_than_the_interval_are_in_proportion():
    assert (
        switching.judged(answer(6.1 * MS, 0.19 * MS)) == "in proportion: turns of 6.1 ms at 20 ms, of 0.19 ms at 0.5 ms"
    )


@pytest.mark.parametrize(("long_ns", "short_ns"), [(0.1 * MS, 0.1 * MS), (30 * MS, 30 * MS)])
def test_turns_that_do_not_change_ignore_it(long_ns, short_ns):
    assert switching.judged(answer(long_ns, short_ns)).startswith("ignored: turns of")


def test_without_a_gil_there_is_nothing_to_heed():
    assert switching.judged(answer(0.005 * MS, 0.005 * MS, gil=False)) == "none"


def test_a_thread_that_never_got_its_turn_is_no_verdict():
    with pytest.raises(TargetError, match="did not take turns"):
        switching.judged(answer(None, None))


def test_turns_too_long_to_end_are_heeded_where_short_ones_end():
    assert switching.judged(answer(None, 0.6 * MS)) == "heeded"


def test_the_interpreter_itself_is_asked():
    here = Interpreter(short="here", executable=sys.executable, version="3.11.7")
    assert switching.heeds(here) == "heeded"
