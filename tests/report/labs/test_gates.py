from concur.labs.endings import Result
from concur.report.labs.gates import LOOKS, count_of, show_gates
from tests.labs.samples import FAILED, PASSED, lab
from tests.report.labs.screens import screen, shown

FIRST = Result(id="first", verdict="error", asked="no error", seen="your code raised ValueError", detail="line 7")
SECOND = Result(id="second", verdict="error", asked="none", seen="your code raised ValueError", detail="line 7")


def test_what_went_wrong_twice_is_told_once() -> None:
    on = screen()
    show_gates(lab(), [FIRST, SECOND], on)
    assert shown(on).count("line 7") == 1
    assert "your code raised ValueError (as above)" in shown(on)


def test_brief_shows_a_line_for_each_and_the_first_failure_in_full() -> None:
    on = screen()
    show_gates(lab(), [FIRST, SECOND], on, is_brief=True)
    assert shown(on).count("happened") == 1
    assert "✗ No page faults twice: your code raised an error\n" in shown(on)


def test_each_verdict_has_a_word_of_its_own() -> None:
    assert len({look.word for look in LOOKS.values()}) == len(LOOKS)


def test_the_gates_stand_in_the_labs_order_whatever_the_results() -> None:
    on = screen()
    show_gates(lab(), [FAILED, PASSED], on)
    assert shown(on).index("Each page faults once") < shown(on).index("No page faults twice")


def test_points_are_counted_of_all_gates_of_the_lab() -> None:
    assert count_of(lab(), [PASSED]) == "1 of 2 gates pass, 2 of 3 points."
