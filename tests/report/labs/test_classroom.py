from concur.labs.roster import summarise
from concur.report.labs.classroom import show_class
from tests.labs.test_roster import CLASS
from tests.report.labs.screens import screen, shown


def test_a_class_is_shown_with_states_gates_predictions_and_minutes() -> None:
    on = screen()
    show_class(summarise(CLASS, [("torn.json", "it is no export")]), on)
    out = shown(on)
    assert "Second    3    5 of 6   ✓   …" in out
    assert "1 of 1    No page faults twice" in out
    assert "    100  ████████████████████ 2" in out
    assert "1     15        12" in out
    assert "torn.json was left out: it is no export" in out
    assert max(map(len, out.splitlines())) <= 80


def test_plain_says_each_learners_states() -> None:
    on = screen(is_plain=True)
    show_class(summarise(CLASS), on)
    assert "First, lab 1, points 2 of 6, labs 1 begun; 3 to do." in shown(on)
    assert "100: 2" in shown(on)
    assert not set("█✓…·─") & set(shown(on))
