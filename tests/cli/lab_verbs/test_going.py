"""The ways of `concur labs` through a lab: each step says the next, and shared options stand on either side."""

from pathlib import Path
from typing import Any

from concur.cli.labs import shared_first
from tests.cli.lab_verbs.builders import PASSED, PREDICTED, RUN, Labs, begun


def test_who_has_not_begun_is_greeted_and_told_the_first_command(labs: Labs, place: Path) -> None:
    status, out, _ = labs()
    assert status == 0
    assert "2 labs, about 30 minutes" in out
    assert "Next: concur labs start\n" in out
    assert not list(place.iterdir())


def test_each_step_says_the_next_command(labs: Labs, outcome: dict[str, Any]) -> None:
    assert "Next: concur labs predict" in labs("start")[1]
    assert "Next: concur labs run" in labs(*PREDICTED)[1]
    assert "Next: concur labs check" in labs(*RUN)[1]
    status, out, _ = labs("check")
    assert (status, "Next: concur labs check" in out) == (1, True)
    outcome["results"] = PASSED
    status, out, _ = labs("check")
    assert (status, "Next: concur labs explain" in out) == (0, True)
    out = labs("explain", "--choice", "b", "--sentence", "Each waits for the one before.")[1]
    assert "That is it." in out
    assert "Next: concur labs next" in out
    assert "Lab 2, Second one" in labs("next")[1]


def test_where_one_is_is_shown_with_minutes_and_a_bar(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED, RUN, ("check",), ("next",))
    out = labs()[1]
    assert "████████████░░░░░░░░░░░░  1 of 2 labs done, 15 of 30 minutes planned" in out
    assert "  1   First one    passed   2 of 2" in out
    assert "› 2   Second one   begun" in out
    assert max(map(len, out.splitlines())) <= 80


def test_plain_has_words_and_no_boxes_bars_marks_or_colour(labs: Labs) -> None:
    begun(labs, PREDICTED)
    for arguments in ((), ("list",), RUN, ("check",), ("log",), ("schedule",), ("doctor",)):
        out = labs("--plain", *arguments)[1]
        assert not set("─█░›✓✗·–│") & set(out), arguments
        assert "\x1b" not in out
    assert "lab 1, title First one, state begun, you are here" in labs("list", "--plain")[1]
    assert "Each answer is in its place: passed" in labs("check", "--plain")[1]


def test_shared_options_may_stand_on_either_side_of_the_subverb() -> None:
    assert shared_first(["check", "5", "--plain", "--folder", "x", "--course=y"]) == [
        "--plain",
        "--folder",
        "x",
        "--course=y",
        "check",
        "5",
    ]
    assert shared_first(["log", "--", "--plain"]) == ["log", "--", "--plain"]


def test_the_next_command_has_the_shared_options_that_were_typed(labs: Labs) -> None:
    out = labs("start", "1", "--folder", "my labs", "--plain")[1]
    assert "Next: concur labs predict --folder 'my labs' --plain\n" in out
