from concur.labs.teaching import schedule
from concur.report.labs.session import moment, show_session
from tests.labs.samples import lab
from tests.report.labs.screens import screen, shown


def test_times_are_from_the_start_or_by_the_clock() -> None:
    assert moment(65, is_clock=False) == "1:05"
    assert moment(9 * 60 + 65, is_clock=True) == "10:05"
    assert moment(24 * 60 + 5, is_clock=True) == "00:05"


def test_what_found_no_room_and_what_is_built_on_is_said() -> None:
    labs = [lab(1), lab(2), lab(3, requires=[9])]
    on = screen()
    show_session(schedule(labs, 35, cut=[3, 1, 2]), on)
    assert "2 labs in 35 minutes: 10 talk, 20 work, 5 left over." in shown(on)
    assert "Of the cut these found no room: lab 2." in shown(on)
    assert "Build on, and to be told in a sentence: lab 9." in shown(on)
