"""`concur labs` as a learner types it, on a course of two small labs; checks and evidence are invented here."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from concur.cli import main
from concur.cli.labs import SUBVERBS, shared_first
from concur.labs.authoring import new_lab
from concur.labs.endings import Result
from concur.labs.evidence import Measured
from concur.labs.folder import LearnersFolder
from concur.labs.lab import Lab
from concur.labs.linting import Linted, LintRow
from concur.labs.progress import open_progress
from concur.labs.prose import Problem

VALUES = {"serial_ms": 201.0, "together_ms": 20.5}
RUN = ("run", "--no-program", "--no-plot")
PREDICTED = ("predict", "--answer", "together=100")
BROKEN = Result(id="together", verdict="broken", asked="a gate", seen="checks.py: NameError", detail="a line of it")
FAILED = Result(id="together", verdict="failed", asked="1.0 s", seen="10.0 s", detail="one\ntwo", output="printed\n")
PASSED = [Result(id="answers", verdict="passed", seen="10 answers"), Result(id="together", verdict="passed")]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where she is, beside a course of labs 1 and 2; 80 columns, no colour."""
    course, here = tmp_path / "course", tmp_path / "here"
    course.mkdir()
    here.mkdir()
    for name in ("first-one", "second-one"):
        new_lab(course, name)
    for name in ("CONCUR_LABS_FOLDER", "CONCUR_PLAIN", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONCUR_COURSE", str(course))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(here)
    return here


@pytest.fixture(autouse=True)
def outcome(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the next check and measurement come to."""
    found: dict[str, Any] = {"results": [PASSED[0], FAILED], "measured": Measured(values=VALUES)}

    def check(*_: object, on_result: Callable[[Result], None] | None = None, **__: object) -> list[Result]:
        for result in found["results"]:
            if on_result:
                on_result(result)
        return list(found["results"])

    monkeypatch.setattr("concur.labs.checking.check", check)
    monkeypatch.setattr("concur.interpreters.find.find", lambda: [])
    monkeypatch.setattr("concur.labs.evidence.measure", lambda *_, **__: found["measured"])
    return found


@pytest.fixture
def labs(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, stdout and stderr of a command."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as raised:
            main(["labs", *arguments])
        out, err = capsys.readouterr()
        return int(raised.value.code or 0), out, err

    return run


Labs = Callable[..., tuple[int, str, str]]


def begun(labs: Labs, *further: tuple[str, ...]) -> None:
    for arguments in (("start", "1"), *further):
        assert labs(*arguments)[0] in (0, 1), arguments


# Going through a lab


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


# Predictions


def test_a_prediction_is_asked_for_before_the_program_is_run(labs: Labs) -> None:
    begun(labs)
    status, out, err = labs("run")
    assert (status, out) == (2, "")
    assert "nobody can be asked: this is no terminal" in err
    assert "concur labs predict 1 --answer together=100" in err


def test_a_prediction_stands_once_it_is_measured(labs: Labs) -> None:
    begun(labs, PREDICTED, ("predict", "--answer", "together=150"), RUN)
    status, _, err = labs("predict", "--answer", "together=200")
    assert status == 2
    assert "the prediction together stands: it has been measured since" in err


def test_the_counters_stand_beside_the_predictions_with_the_reason_and_a_chart(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED)
    status, out, _ = labs("run")
    assert status == 0
    assert "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]" in out  # what the program printed
    assert "predicted  100 ms" in out
    assert "measured  201 ms" in out
    assert "2.01 times too low" in out
    assert "so the waits add up" in " ".join(out.split())
    assert "together ms  ████ 20.5 ms" in out
    pictures = {path.suffix for path in (place / "concur-labs" / "01-first-one").glob("evidence.*")}
    assert pictures == {".svg", ".png"}


def test_evidence_that_fails_is_said_and_the_figures_of_before_stay(labs: Labs, outcome: dict[str, Any]) -> None:
    begun(labs, PREDICTED, RUN)
    outcome["measured"] = Measured(error="your code raised ValueError")
    status, out, _ = labs(*RUN)
    assert status == 1
    assert "The evidence could not be measured: your code raised ValueError" in out
    assert "measured  201 ms" in out


def test_the_log_has_each_prediction_with_its_error_and_the_explanation(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED, RUN, ("check",))
    begun(labs, ("explain", "--choice", "a", "--sentence", "Loops are slow in Python."))
    out = labs("log")[1]
    assert "predicted 100 ms, measured 201 ms: 2.01 times too low" in out
    assert "«Loops are slow in Python.»" in out
    assert "0 of 1 prediction close or right." in out


# Checks


def test_what_was_asked_stands_against_what_happened(labs: Labs) -> None:
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 1
    assert "✗ They wait at the same time: failed\n     asked  1.0 s\n  happened  10.0 s\n" in out
    assert "   printed  \n            printed\n" in out
    assert "help  An `await` in a loop waits for one at a time" in out
    assert "1 of 2 gates pass, 1 of 3 points." in out


def test_a_broken_checker_is_told_apart_from_a_wrong_answer(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = [PASSED[0], BROKEN]
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 2
    assert "the checker is broken, not your code" in out
    assert "Tell whoever wrote this lab" in out


def test_what_the_machine_lacks_is_skipped_with_credit_and_said(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = [PASSED[0], Result(id="together", verdict="skipped", seen="needs Linux")]
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 0
    assert "because  needs Linux" in out
    assert "2 of 2 gates pass (1 skipped, with credit), 3 of 3 points." in out


def test_after_passing_it_is_said_why_these_gates(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED)
    assert "Why these gates" in labs("check")[1]


def test_what_could_not_be_measured_before_is_measured_after_passing(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"], outcome["measured"] = PASSED, Measured(values={"together_ms": 20.5})
    begun(labs, PREDICTED, RUN)
    assert "1 prediction could not be measured before: `concur labs run` tries" in labs("check")[1]


def test_a_lab_once_passed_stays_passed(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED, ("check",))
    outcome["results"] = [PASSED[0], FAILED]
    begun(labs, ("check",))
    assert json.loads(labs("list", "--json")[1])[0]["state"] == "passed"


def test_verify_checks_all_that_is_begun(labs: Labs) -> None:
    assert labs("verify")[0] == 2
    begun(labs, ("start", "2"))
    status, out, _ = labs("verify")
    assert status == 1
    assert "0 of 2 begun labs pass." in out


# Help in steps


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


# For teachers and scripts


def test_an_export_has_the_stable_names(labs: Labs) -> None:
    begun(labs, PREDICTED, ("check",))
    document = json.loads(labs("export", "--json", "--name", "Someone")[1])
    assert document.keys() == {"version", "learner", "course", "exported_at", "current", "machine", "labs"}
    assert (document["learner"], document["current"]) == ("Someone", 1)
    assert {"cpu", "python", "system"} <= document["machine"].keys()
    check = document["labs"][0]["checks"][1]
    assert (check["passed"], check["kind"], check["points"]) == (False, "gate", 2)
    assert document["labs"][1]["checks"][1]["passed"] is None


def test_a_class_is_read_from_exports_and_folders(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED, ("check",))
    (place / "someone.json").write_text(labs("export", "--name", "Someone")[1])
    status, out, _ = labs("class", ".")
    assert status == 0
    assert "2 learners" in out
    assert re.search(r"1 +2 of 2 +They wait at the same time", out)
    (place / "torn.json").write_text("{")
    status, out, _ = labs("class", ".")
    assert (status, "torn.json was left out: it is no export" in out) == (1, True)


def test_a_session_is_planned_by_the_clock(labs: Labs) -> None:
    out = labs("schedule", "--minutes", "60", "--at", "9:00")[1]
    assert "09:00   5         talk   1     First one" in out
    assert "2 labs in 60 minutes: 10 talk, 20 work, 30 left over." in out


def test_a_new_lab_is_made_in_the_course(labs: Labs, tmp_path: Path) -> None:
    status, out, _ = labs("new", "third-one")
    assert (status, "03-third-one" in out) == (0, True)
    assert (tmp_path / "course" / "03-third-one" / "lab.toml").is_file()


# What makes no sense


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc"], "unknown command 'labs chekc'. Did you mean labs check"),
        (["5"], "`concur labs start 5` begins lab 5"),
        (["start", "9"], "unknown lab '9'"),
        (["start", "frist-one"], "Did you mean 01-first-one"),
        (["check"], "there is no folder concur-labs: no lab is begun here. `concur labs start` begins one"),
        (["--course", "nowhere", "list"], "there is no course in"),
        (["schedule", "--minutes", "5"], "5 minutes are too few"),
        (["schedule", "--at", "25:00"], "'25:00' is no time of day"),
        (["class", "nowhere"], "there is no folder nowhere"),
        (["new", "Not A Name"], "is no name for a lab"),
        (["lint", "--busy", "1000"], "--busy 1000 makes no sense"),
        (["explore", "nowhere.py"], "cannot read nowhere.py"),
        (["explore", "x.py", "--at", "lines"], "unknown place to switch at 'lines'"),
        (["explore", "x.py", "--preemptions", "99"], "--preemptions cannot be 99. Give 0 to 10"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_one_message_and_status_2(labs: Labs, arguments: list[str], said: str) -> None:
    status, out, err = labs(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "2"], "lab 2, Second one, is not begun. `concur labs start 2` begins it"),
        (["predict", "--answer", "together"], "--answer together has no value"),
        (["predict", "--answer", "other=1"], "unknown prediction 'other'"),
        (["predict", "--answer", "together=many"], "Expected: a number such as"),
        (["explain"], "lab 1 is not passed yet"),
        (["watch", "--interval", "1ms"], "an interval of 1ms makes no sense"),
        (["start", "1", "--edit"], "no editor is set"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_in_a_lab_is_one_message_too(labs: Labs, arguments: list[str], said: str) -> None:
    begun(labs)
    status, _, err = labs(*arguments)
    assert status == 2
    assert said in err


def test_a_work_file_that_is_gone_is_brought_back_and_that_is_said(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED)
    work = place / "concur-labs" / "01-first-one" / "work.py"
    work.write_text("mine = 1\n")
    begun(labs, ("check",))
    work.unlink()
    status, _, err = labs("check")
    assert status == 1
    assert "was gone; it is back as it was last kept" in " ".join(err.split())
    assert work.read_text() == "mine = 1\n"


def test_a_broken_progress_file_is_said_and_the_backup_taken(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED, ("hint",))
    (place / "concur-labs" / "progress.json").write_text('{"version": 1, "labs"')
    status, out, err = labs()
    assert status == 0
    assert "progress.json could not be read" in err
    assert err.count("concur: ") == 1
    assert "1 of 2 labs" not in out


def test_a_second_runner_is_told_of_the_first(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(labs)
    folder = LearnersFolder(place / "concur-labs")
    monkeypatch.setattr(
        "concur.labs.progress.open_progress", lambda one, real=open_progress: real(one, patience_s=0.05)
    )
    with open_progress(folder):
        status, _, err = labs("hint")
    assert status == 2
    assert "another runner is at work in this folder" in err


def test_a_mistake_of_our_own_is_a_message(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    begun(labs, PREDICTED)
    monkeypatch.setattr("concur.labs.checking.check", fails)
    status, _, err = labs("check")
    assert status == 2
    assert "that is a mistake in concur itself: ZeroDivisionError: division by zero" in err
    assert "Traceback" not in err


def test_ctrl_c_is_a_message_and_status_130(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    begun(labs, PREDICTED)
    monkeypatch.setattr("concur.labs.checking.check", interrupted)
    status, _, err = labs("check")
    assert status == 130
    assert "concur: interrupted; what was done and answered before is kept." in err


def test_a_folder_that_is_not_there_any_more_is_said(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (gone := place / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    status, _, err = labs()
    assert status == 2
    assert "the current folder is not there: it has been deleted or moved" in err


def test_a_progress_file_of_a_newer_version_is_left_alone(labs: Labs, place: Path) -> None:
    begun(labs)
    path = place / "concur-labs" / "progress.json"
    path.write_text('{"version": 99}')
    for arguments in ((), ("check",), ("hint",)):
        status, _, err = labs(*arguments)
        assert status == 2
        assert "is of version 99: a newer concur has written it" in err
    assert path.read_text() == '{"version": 99}'


def test_a_course_of_which_no_lab_can_be_read_is_said(labs: Labs, tmp_path: Path) -> None:
    for lab in (tmp_path / "course").iterdir():
        (lab / "lab.toml").write_text("title =")
    status, _, err = labs("start")
    assert status == 2
    assert "no lab of course can be read" in err


def test_a_half_deleted_lab_is_said(labs: Labs, tmp_path: Path) -> None:
    begun(labs, PREDICTED)
    for name in ("solution.py", "hints.md", "start.py"):
        (tmp_path / "course" / "01-first-one" / name).unlink()
    for arguments, said in (
        (("solution", "--give-up"), "solution.py cannot be read"),
        (("hint",), "lab 1 has no hints"),
        (("reset",), "start.py: No such file"),
    ):
        status, _, err = labs(*arguments)
        assert status == 2
        assert said in err


def test_a_folder_is_found_from_below(labs: Labs, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(labs)
    (place / "deeper").mkdir()
    for below in (place / "deeper", place / "concur-labs" / "01-first-one"):
        monkeypatch.chdir(below)
        assert json.loads(labs("list", "--json")[1])[0]["is_current"]


# Help


@pytest.mark.parametrize("name", SUBVERBS)
def test_each_subverb_has_help_with_an_example(labs: Labs, name: str) -> None:
    status, out, _ = labs(name, "--help")
    assert status == 0
    assert f"Usage: concur labs {name} " in out
    assert f"Example: `concur labs {name}" in " ".join(out.split())


def test_help_lists_every_subverb(labs: Labs) -> None:
    out = labs("--help")[1]
    assert all(f"\n  {name} " in out for name in SUBVERBS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['concur', 'labs', '--help']\nfrom concur.cli import main\n"
        "try: main()\nexcept SystemExit: print(*sys.modules, sep='\\n')"
    )
    environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert not {"rich", "numpy", "msgspec", "matplotlib", "psutil", "asyncio"} & set(shown.stdout.split())


# Authors


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[Linted]:
    """What lint comes to, each time."""
    found: list[Linted] = []

    def lint_rows(lab: Lab, _: object, on_row: Callable[[LintRow], None]) -> Linted:
        one = found[0] if len(found) == 1 else found.pop(0)
        for each in one.rows:
            on_row(each)
        return one

    monkeypatch.setattr("concur.labs.linting.lint_rows", lint_rows)
    return found


def row(file: str, results: list[Result], gate: str = "", problem: str = "") -> LintRow:
    return LintRow("01-first-one", file, "this Python", "passes", gate, results, problem)


KEPT = [row("start.py", [FAILED]), row("solution.py", PASSED), row("wrong/serial.py", [FAILED], "together")]


def test_lint_is_a_row_for_each_lab(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, []))
    status, out, _ = labs("lint", "1")
    assert re.search(r"01-first-one +this one +fails +passes +1 of 4 fail +0", out)
    assert (status, "All promises are kept." in out) == (0, True)
    out = labs("lint", "1", "--verbose")[1]
    assert re.search(r"1 +this one +solution.py +passes +kept +answers passed", out)


def test_what_is_wrong_with_a_lab_is_said_and_is_status_1(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, [Problem("notes.md", "is empty")]))
    status, out, _ = labs("lint", "1")
    assert (status, "✗ lab 1, notes.md: is empty\n1 problem" in out) == (1, True)


def test_a_verdict_that_changes_from_time_to_time_is_a_problem(labs: Labs, linted: list[Linted]) -> None:
    linted += [Linted(KEPT, []), Linted([row("start.py", PASSED), *KEPT[1:]], [])]
    status, out, _ = labs("lint", "1", "--times", "3", "--busy", "1")
    assert status == 1
    assert "not the same each time: together failed; then answers passed, together passed (2 of 3 times)" in " ".join(
        out.split()
    )
    assert not psutil.Process().children()


def test_lint_as_json_has_the_files_and_the_problems(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, [Problem("notes.md", "is empty")]))
    (one,) = json.loads(labs("lint", "1", "--json")[1])
    assert one.keys() == {"lab", "slug", "interpreter", "times", "problems", "files"}
    assert one["problems"] == [{"where": "notes.md", "what": "is empty"}]
    assert one["files"][1]["results"][0]["verdict"] == "passed"
