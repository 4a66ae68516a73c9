import pytest

from concur.errors import UsageError
from concur.labs.lab import Prediction
from concur.labs.predicting import compare, expected, measured_answer, read_answer
from tests.labs.samples import COSTS, PREDICTED, PREDICTIONS, VALUES

NUMBER, ORDER, CHOICE = PREDICTIONS


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("200", 200),
        ("1.5", 1.5),
        ("10k", 10_000),
        ("3e6", 3e6),
        ("1,000", 1000),
        ("1_000 faults", 1000),
        ("2k faults", 2000),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, value: float) -> None:
    assert read_answer(NUMBER, typed) == value


@pytest.mark.parametrize("typed", ["", "many", "1 apple", "nan", "inf", "1e999", "--3", "1.2.3"])
def test_what_is_no_number_says_what_is_expected(typed: str) -> None:
    with pytest.raises(UsageError, match="Expected: a number such as 200, 1.5, 10k or 3e6, in faults"):
        read_answer(NUMBER, typed)


@pytest.mark.parametrize("typed", ["b a c", "bac", "B, A, C", "b<a<c"])
def test_an_order_is_read_as_letters(typed: str) -> None:
    assert read_answer(ORDER, typed) == ["system call", "call", "signal"]


@pytest.mark.parametrize("typed", ["", "a b", "a a b", "a b d", "abcc", "1 2 3"])
def test_an_order_needs_each_letter_once(typed: str) -> None:
    with pytest.raises(UsageError, match="all 3 letters, each once"):
        read_answer(ORDER, typed)


@pytest.mark.parametrize("typed", ["b", "B", "b)", "badly", "Badly"])
def test_a_choice_is_a_letter_or_itself(typed: str) -> None:
    assert read_answer(CHOICE, typed) == "badly"


def test_a_choice_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="one letter of a, b"):
        read_answer(CHOICE, "c")


def test_what_is_expected_is_said_with_an_example_that_is_no_answer_by_itself() -> None:
    assert expected(ORDER) == "all 3 letters, each once, such as «c b a»"


@pytest.mark.parametrize("measured", [[[0, 40.0], [1, 90.0], [2, 700.0]], [40.0, 90.0, 700.0], COSTS])
def test_an_order_may_be_measured_in_three_ways(measured: object) -> None:
    assert measured_answer(ORDER, {"costs": measured}) == COSTS


@pytest.mark.parametrize("measured", [1, 1.0, "badly"])
def test_a_choice_may_be_measured_as_itself_or_its_position(measured: object) -> None:
    assert measured_answer(CHOICE, {"ending": measured}) == "badly"


@pytest.mark.parametrize("values", [{}, {"faults": None}, {"faults": "many"}, {"faults": [1.0]}])
def test_what_was_not_measured_is_compared_with_nothing(values: dict[str, object]) -> None:
    compared = compare(NUMBER, 100.0, values)
    assert (compared.measured, compared.is_close) == (None, None)


@pytest.mark.parametrize("measured", [7, -1, "elsewhere"])
def test_a_choice_out_of_range_is_not_measured(measured: object) -> None:
    assert measured_answer(CHOICE, {"ending": measured}) is None


def test_numbers_are_compared_by_their_ratio() -> None:
    compared = compare(NUMBER, PREDICTED["faults"], VALUES)
    assert (compared.ratio, compared.is_close) == (0.1, False)
    assert compare(NUMBER, 1200.0, VALUES).is_close


def test_a_zero_has_no_ratio_and_is_right_only_if_it_is_zero() -> None:
    assert compare(NUMBER, 0.0, {"faults": 0}).is_close
    assert compare(NUMBER, 5.0, {"faults": 0}).is_close is False


def test_orders_are_compared_by_pairs_that_stand_the_wrong_way_round() -> None:
    compared = compare(ORDER, PREDICTED["costs"], VALUES)
    assert (compared.swaps, compared.of, compared.is_close) == (1, 3, False)


def test_an_order_of_choices_that_have_changed_since_is_compared_with_nothing() -> None:
    assert compare(ORDER, ["call", "something else"], VALUES).is_close is None


def test_a_unit_that_begins_with_a_letter_for_thousands_is_a_unit() -> None:
    size = Prediction(id="size", ask="How much?", kind="number", unit="KiB", measured="size")
    assert read_answer(size, "64 KiB") == 64
