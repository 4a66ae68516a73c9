"""Predictions as the learner types them, and how far they were from what was measured. Tier 1; pure.

A prediction is a number, an order of choices, or one choice. It is stored as a
float, a list of choices, or a choice; choices are told by letter: a, b, c … What
must not live here: how it is asked (`concur/cli/lab_verbs/asking.py`), or shown.
"""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from concur.errors import UsageError

if TYPE_CHECKING:
    from concur.labs.lab import Prediction

Answer = float | list[str] | str

NUMBER, ORDER, CHOICE = "number", "order", "choice"
FACTORS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
TYPED = re.compile(r"([+-]?(?:\d[\d,_ ]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-zµ%/]*.*)", re.ASCII)
CLOSE = 1.5  # a number within this factor of what was measured counts as about right


def letter(position: int) -> str:
    """The letter of a choice: 0 is a. There are no more than 26 choices."""
    return chr(ord("a") + position)


def expected(prediction: "Prediction") -> str:
    """What an answer looks like, for who types it."""
    letters = [letter(at) for at in range(len(prediction.choices))]
    if prediction.kind == ORDER:
        return f"all {len(letters)} letters, each once, such as «{' '.join(reversed(letters))}»"
    if prediction.kind == CHOICE:
        return f"one letter of {', '.join(letters)}"
    unit = f", in {prediction.unit}" if prediction.unit else ""
    return f"a number such as 200, 1.5, 10k or 3e6{unit}"


def read_answer(prediction: "Prediction", text: str) -> Answer:
    """What was typed, as it is stored. Raises UsageError that says what is expected."""
    readers = {NUMBER: _number, ORDER: _order, CHOICE: _choice}
    answer = readers[prediction.kind](prediction, text.strip())
    if answer is None:
        said = f"'{text.strip()}' is no answer to that" if text.strip() else "that is no answer"
        raise UsageError(said, do=f"Expected: {expected(prediction)}.")
    return answer


def _number(prediction: "Prediction", text: str) -> float | None:
    found = TYPED.fullmatch(text)
    if found is None:
        return None
    unit = found[2].strip()
    factor = FACTORS.get(unit, 1.0 if unit == prediction.unit else None)
    if factor is None and unit[:1] in FACTORS and unit[1:].strip() == prediction.unit:
        factor = FACTORS[unit[0]]
    value = float(re.sub(r"[,_ ]", "", found[1])) * factor if factor else math.nan
    return value if math.isfinite(value) else None


def _order(prediction: "Prediction", text: str) -> list[str] | None:
    letters = re.sub(r"[\s,;<>]+", "", text).lower()
    wanted = [letter(at) for at in range(len(prediction.choices))]
    if sorted(letters) != wanted:
        return None
    return [prediction.choices[wanted.index(one)] for one in letters]


def _choice(prediction: "Prediction", text: str) -> str | None:
    for at, choice in enumerate(prediction.choices):
        if text.lower().rstrip(".)") in (letter(at), choice.lower()):
            return choice
    return None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction beside what was measured.

    ratio: of numbers, predicted / measured; None where either is 0 or less, and for what is no number.
    swaps, of: of orders, how many pairs stand the wrong way round, of how many.
    is_close: within the factor CLOSE, in the very order, the very choice; None while nothing is measured.
    """

    predicted: Answer | None
    measured: Answer | None
    ratio: float | None = None
    swaps: int | None = None
    of: int | None = None
    is_close: bool | None = None


def compare(prediction: "Prediction", predicted: Any, values: dict[str, Any]) -> Compared:
    """The answer (None if there is none) beside the evidence's values."""
    measured = measured_answer(prediction, values)
    if predicted is None or measured is None:
        return Compared(predicted=predicted, measured=measured)
    if prediction.kind == NUMBER:
        return _compare_numbers(predicted, measured)
    if prediction.kind == ORDER:
        return _compare_orders(predicted, measured)
    return Compared(predicted=predicted, measured=measured, is_close=predicted == measured)


def _compare_numbers(predicted: Any, measured: Any) -> Compared:
    ratio = predicted / measured if predicted > 0 and measured > 0 else None
    is_close = predicted == measured if ratio is None else 1 / CLOSE <= ratio <= CLOSE
    return Compared(predicted=predicted, measured=measured, ratio=ratio, is_close=is_close)


def _compare_orders(predicted: Any, measured: Any) -> Compared:
    if sorted(predicted) != sorted(measured):  # the lab has other choices than when it was asked
        return Compared(predicted=predicted, measured=measured)
    place = [measured.index(choice) for choice in predicted]
    pairs = [(place[i], place[j]) for i in range(len(place)) for j in range(i + 1, len(place))]
    swaps = sum(first > second for first, second in pairs)
    return Compared(predicted=predicted, measured=measured, swaps=swaps, of=len(pairs), is_close=swaps == 0)


# What the evidence says


def measured_answer(prediction: "Prediction", values: dict[str, Any]) -> Answer | None:
    """What was measured, in the terms of the answer; None if that is not among the values.

    An order may be measured as the choices themselves in their order, as a figure
    for each choice (least first), or as [position of the choice, figure] pairs; a
    choice as itself or as its position.
    """
    found = values.get(prediction.measured)
    if found is None:
        return None
    if prediction.kind == NUMBER:
        return float(found) if isinstance(found, int | float) else None
    if prediction.kind == ORDER:
        return _measured_order(prediction.choices, found)
    if isinstance(found, int | float):
        return prediction.choices[int(found)] if 0 <= int(found) < len(prediction.choices) else None
    return found if found in prediction.choices else None


def _measured_order(choices: Sequence[str], found: Any) -> list[str] | None:
    if not isinstance(found, list) or len(found) != len(choices):
        return None
    if sorted(map(str, found)) == sorted(choices):
        return [str(one) for one in found]
    figures = [(one, at) if isinstance(one, int | float) else (one[1], int(one[0])) for at, one in enumerate(found)]
    return [choices[at] for _, at in sorted(figures) if 0 <= at < len(choices)]
