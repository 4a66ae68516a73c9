"""`concur labs hint`, `solution` and `reset`: help in steps, and nothing lost."""

import json
from pathlib import Path

from tests.cli.lab_verbs.builders import PREDICTED, Labs, begun


def test_hints_come_one_after_another_and_are_recorded(labs: Labs) -> None:
    begun(labs)
    assert labs("hint", "--again")[0] == 2
    for title in ("Where to look (hint 1 of 3)", "Which idea (hint 2 of 3)", "Almost the code (hint 3 of 3)"):
        assert title in labs("hint")[1]
    out = labs("hint")[1]
    assert "Where to look" in out
    assert "That was the last one." in out
    assert json.loads(labs("export")[1])["labs"][0]["hints_shown"] == 3


def test_a_solution_is_shown_after_predicting_and_passing_or_giving_up(labs: Labs) -> None:
    begun(labs)
    assert "has 1 predictions to be made" in labs("solution", "--give-up")[2]
    begun(labs, PREDICTED)
    assert "lab 1 is not passed yet" in labs("solution")[2]
    status, out, _ = labs("solution", "--give-up")
    assert (status, "asyncio.gather" in out) == (0, True)
    lab = json.loads(labs("export")[1])["labs"][0]
    assert (lab["state"], lab["solution_shown"]) == ("given-up", True)


def test_reset_keeps_the_old_work_aside(labs: Labs, place: Path) -> None:
    begun(labs)
    work = place / "concur-labs" / "01-first-one" / "work.py"
    work.write_text("mine = 1\n")
    assert "kept aside: concur-labs/01-first-one/work-1.py" in labs("reset")[1]
    assert "TODO" in work.read_text()
    assert work.with_name("work-1.py").read_text() == "mine = 1\n"
