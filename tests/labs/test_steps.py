from concur.labs.steps import after, gates_passed, next_step, unmet
from tests.labs.samples import FAILED, PASSED, PREDICTED, VALUES, done, lab, now


def command(**changed: object) -> str:
    step = next_step(lab(5), now(**changed))
    return step.command if step else ""


def test_the_steps_of_a_lab_come_one_after_another() -> None:
    predicted = {"predictions": PREDICTED}
    measured = predicted | {"measured": VALUES}
    assert command(state="new") == "concur labs start 5"
    assert command() == "concur labs predict"
    assert command(**predicted) == "concur labs run"
    assert command(**measured) == "concur labs check"
    assert command(**measured, results=[PASSED, FAILED]) == "concur labs check"
    assert command(**measured, state="passed") == "concur labs explain"
    assert next_step(lab(5), done()) is None


def test_it_is_said_how_many_gates_pass() -> None:
    step = next_step(lab(), now(predictions=PREDICTED, measured=VALUES, results=[PASSED, FAILED]))
    assert step
    assert step.why.startswith("1 of 2 gates pass")


def test_who_gives_up_is_asked_nothing_more() -> None:
    assert command(state="given-up", predictions=PREDICTED) == ""


def test_results_of_gates_that_the_lab_has_no_more_do_not_count() -> None:
    assert gates_passed(lab(checks=lab().checks[1:]), now(results=[PASSED, FAILED])) == 0


def test_the_next_lab_is_the_one_after_the_current_that_is_not_done() -> None:
    labs = [lab(1), lab(3), lab(5)]
    for states, current, number in (
        ({}, None, 1),
        ({1: "passed"}, 1, 3),
        ({3: "started"}, 3, 5),
        ({5: "passed"}, 5, 1),
    ):
        found = after(labs, states, current)
        assert found
        assert found.number == number
    assert after(labs, {1: "passed", 3: "given-up", 5: "passed"}, 5) is None


def test_labs_that_should_be_done_before_are_named() -> None:
    labs = [lab(1), lab(3), lab(5, requires=[1, 3, 4])]
    assert [one.number for one in unmet(labs[2], labs, {1: "passed"})] == [3]
