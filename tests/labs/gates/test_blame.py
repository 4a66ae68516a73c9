from collections.abc import Callable
from typing import Any

import pytest

from concur.labs.gates.blame import Places, Verdict, judge
from concur.labs.gates.loading import MissingName, Unloadable
from concur.labs.gates.verdict import Failed, Skipped

WORK = """import json
def call(function):
    return function()
def decode():
    return json.loads("{")
def deep(n):
    return deep(n - 1) if n else decode()
def leave(error):
    raise error
"""
CHECKS = """def check_calls(work):
    work["call"](broken)
def check_decodes(work):
    work["decode"]()
def check_deep(work, n):
    work["deep"](n)
def broken():
    return 1 / 0
def check_leaves(work, error):
    work["leave"](error)
def fail(error):
    raise error
"""
PLACES = Places("/x/work.py", WORK, "/x/checks.py")


def _module(source: str, path: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(source, path, "exec"), space)
    return space


@pytest.fixture
def blamed() -> Callable[..., Verdict]:
    """The verdict on a check that is called with the learner's names."""
    work, checks = _module(WORK, PLACES.work), _module(CHECKS, PLACES.checks)

    def verdict(name: str, *words: Any) -> Verdict:
        with pytest.raises(BaseException) as caught:  # noqa: PT011 # whatever it is
            checks[name](work, *words) if name != "fail" else checks[name](*words)
        return judge(caught.value, PLACES)

    return verdict


def test_the_innermost_of_the_two_is_to_blame(blamed: Any) -> None:
    assert blamed("check_calls").verdict == "broken"
    assert blamed("check_decodes").verdict == "error"


def test_frames_of_the_standard_library_blame_nobody(blamed: Any) -> None:
    verdict = blamed("check_decodes")
    assert verdict.seen.startswith("your code raised JSONDecodeError: Expecting property name")
    assert verdict.detail == 'work.py, line 5, in decode: return json.loads("{")'


def test_a_long_way_is_cut_in_its_middle(blamed: Any) -> None:
    lines = blamed("check_deep", 50).detail.splitlines()
    assert lines[3] == "… 46 more"
    assert lines[-1].startswith("work.py, line 5, in decode")


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError])
def test_what_ends_programs_has_a_sentence_of_its_own(blamed: Any, kind: type[BaseException]) -> None:
    verdict = blamed("check_leaves", kind())
    assert (verdict.verdict, kind.__name__ in verdict.seen) == ("error", True)


def test_verdicts_are_taken_as_they_are(blamed: Any) -> None:
    assert blamed("fail", Failed("this", "that", "more")) == Verdict("failed", "this", "that", "more")
    assert blamed("fail", Skipped("no moon")) == Verdict("skipped", "", "no moon")
    assert blamed("fail", MissingName("run")) == Verdict("failed", "a `run` in work.py", "work.py has no `run`")
    assert blamed("fail", Unloadable("it is no text")) == Verdict("error", "work.py loads", "it is no text")


def test_skipping_is_not_hers(blamed: Any) -> None:
    assert blamed("check_leaves", Skipped("no time")).verdict == "tampered"


def test_an_exception_that_cannot_say_what_it_is_does_no_harm(blamed: Any) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert "its text cannot be had" in blamed("check_leaves", Silent()).seen


def test_of_a_group_the_verdict_counts(blamed: Any) -> None:
    group = ExceptionGroup("", [ValueError(), ExceptionGroup("", [Failed("this", "that")])])
    assert blamed("fail", group).asked == "this"
