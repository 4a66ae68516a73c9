import pytest

from concur.labs.predicting import Compared, compare
from concur.report.labs.beside import answer, distance, number, show_beside, show_log
from tests.labs.samples import PREDICTED, PREDICTIONS, VALUES, done, lab, now
from tests.report.labs.screens import screen, shown

NUMBER, ORDER, CHOICE = PREDICTIONS


@pytest.mark.parametrize(
    ("value", "shown_as"),
    [
        (1000.0, "1,000"),
        (0.214, "0.21"),
        (36.72, "36.7"),
        (2_100_000.0, "2.10M"),
        (0.0, "0"),
        (-5.5, "-5.50"),
        (1e-5, "1e-05"),
    ],
)
def test_figures_are_as_people_read_them(value: float, shown_as: str) -> None:
    assert number(value) == shown_as


def test_an_order_is_shown_by_its_letters() -> None:
    assert answer(ORDER, PREDICTED["costs"]) == "b a c"
    assert answer(ORDER, ["call", "something else"]) == "a (something else)"


@pytest.mark.parametrize(
    ("predicted", "told"),
    [
        (100.0, "10.0 times too low"),
        (3000.0, "3.00 times too high"),
        (1001.0, "right"),
        (1200.0, "close: 20 % too high"),
    ],
)
def test_how_far_a_number_is_off(predicted: float, told: str) -> None:
    assert distance(compare(NUMBER, predicted, VALUES)) == told


def test_how_far_an_order_or_a_choice_is_off() -> None:
    assert distance(compare(ORDER, PREDICTED["costs"], VALUES)) == "1 of 3 pairs the other way round"
    assert distance(compare(CHOICE, "badly", VALUES)) == "right"
    assert distance(compare(CHOICE, "well", VALUES)) == "it was another one"
    assert distance(Compared(predicted=1.0, measured=None)) == ""


def test_the_reason_is_shown_only_after_it_was_measured() -> None:
    for values, is_there in ((VALUES, True), ({}, False)):
        on = screen()
        show_beside(lab(), PREDICTED, values, on)
        assert ("One a page." in shown(on)) == is_there


def test_the_log_counts_what_was_close() -> None:
    on = screen()
    show_log([(lab(1), done()), (lab(2), now())], on)
    assert "1 of 3 predictions close or right." in shown(on)
    assert "predicted not yet, measured not yet" in shown(on)
    assert "Crossings. «Each call crosses the line.»" in shown(on)
