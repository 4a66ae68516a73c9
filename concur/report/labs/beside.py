"""Predictions beside what was measured: once after a run, and over the whole course as the log. Tier 2."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from concur.labs import predicting
from concur.report import figures
from concur.report.labs.screen import CARE, GOOD, QUIET, Screen

if TYPE_CHECKING:
    from concur.labs.lab import Lab, Prediction
    from concur.labs.predicting import Compared
    from concur.labs.progress import LabProgress

NOT_YET = "not yet"


def show_beside(lab: "Lab", predicted: Mapping[str, Any], values: Mapping[str, Any], screen: Screen) -> None:
    """Each prediction, what this machine did, how far that is, and then why."""
    for one in lab.predictions:
        compared = predicting.compare(one, predicted.get(one.id), dict(values))
        screen.hanging(screen.mark("·", QUIET), Text(one.ask, style="bold"))
        _row(screen, "predicted", answer(one, compared.predicted))
        _row(screen, "measured", answer(one, compared.measured))
        if told := distance(compared):
            _row(screen, "so", told, GOOD if compared.is_close else CARE)
        _legend(one, screen)
        if compared.measured is not None and one.why:
            _row(screen, "why", one.why)


def _legend(one: "Prediction", screen: Screen) -> None:
    """What the letters of an order stand for."""
    if one.kind == predicting.ORDER:
        for at, choice in enumerate(one.choices):
            _row(screen, "" if at else "where", f"{predicting.letter(at)} is: {choice}", QUIET)


def show_predictions(lab: "Lab", predicted: Mapping[str, Any], screen: Screen) -> None:
    """What was predicted, alone."""
    for one in lab.predictions:
        screen.hanging(screen.mark("·", QUIET), one.ask)
        _row(screen, "predicted", answer(one, predicted.get(one.id)))
        _legend(one, screen)


def _row(screen: Screen, name: str, text: str, style: str = "") -> None:
    lead = f"{name}: ".lstrip(": ") if screen.is_plain else f"{name:>11}  "
    screen.hanging(Text(lead, style=QUIET), Text(text, style=style))


def answer(prediction: "Prediction", value: Any) -> str:
    """A stored or measured answer in words: `1,000 faults`, an order as its letters, a choice."""
    if value is None:
        return NOT_YET
    letters = {choice: predicting.letter(at) for at, choice in enumerate(prediction.choices)}
    if isinstance(value, list):
        return " ".join(letters.get(choice, f"({choice})") for choice in value)
    if isinstance(value, str):
        return value
    return f"{number(value)} {prediction.unit}".strip()


def number(value: float) -> str:
    """Whole numbers in full up to a million, others with three digits: `1,000`, `0.21`, `36.7`, `2.10M`."""
    size = abs(value)
    if value == int(value) and size < 1e6:
        return f"{value:,.0f}"
    if size >= 1e4:
        return f"{'-' if value < 0 else ''}{figures.thousands(size)}" if size < 1e9 else f"{value:.3g}"
    return f"{'-' if value < 0 else ''}{figures.digits(size)}" if size >= 0.01 else f"{value:.3g}"


def distance(compared: "Compared") -> str:
    """How far the prediction was, in words; empty where there is nothing to compare."""
    if compared.is_close is None:
        return ""
    if compared.swaps is not None:
        return _of_orders(compared.swaps, compared.of or 0)
    if isinstance(compared.predicted, str):
        return "right" if compared.is_close else "it was another one"
    if compared.ratio is None:
        return "right" if compared.is_close else "far from it"
    return _of_ratios(compared.ratio, compared.is_close)


def _of_orders(swaps: int, pairs: int) -> str:
    return "in the very order" if swaps == 0 else f"{swaps} of {figures.counted(pairs, 'pair')} the other way round"


def _of_ratios(ratio: float, is_close: bool) -> str:
    if 0.995 <= ratio <= 1.005:
        return "right"
    factor, way = (ratio, "high") if ratio > 1 else (1 / ratio, "low")
    told = f"{figures.digits(factor)} times too {way}" if factor < 1e6 else f"{factor:.1g} times too {way}"
    return f"close: {100 * abs(ratio - 1):.0f} % too {way}" if is_close else told


# The log


def show_log(labs: Sequence[tuple["Lab", "LabProgress"]], screen: Screen) -> None:
    """Every prediction of the labs begun, against what was measured, with its error; then what was explained."""
    for lab, now in labs:
        screen.heading(f"{lab.number}  {lab.title}" if not screen.is_plain else f"Lab {lab.number}, {lab.title}")
        for one in lab.predictions:
            _logged(one, predicting.compare(one, now.predictions.get(one.id), now.measured), screen)
        if now.explanation:
            _explained(lab, now, screen)
    _summary([compared for lab, now in labs for compared in _all(lab, now)], screen)


def _all(lab: "Lab", now: "LabProgress") -> "list[Compared]":
    return [predicting.compare(one, now.predictions.get(one.id), now.measured) for one in lab.predictions]


def _logged(one: "Prediction", compared: "Compared", screen: Screen) -> None:
    screen.hanging(screen.mark("·", QUIET), one.ask)
    told = [f"predicted {answer(one, compared.predicted)}", f"measured {answer(one, compared.measured)}"]
    style = {None: QUIET, True: GOOD, False: CARE}[compared.is_close]
    far = f": {distance(compared)}" if distance(compared) else ""
    screen.hanging("" if screen.is_plain else "  ", Text(", ".join(told)) + Text(far, style=style))
    if one.kind == predicting.ORDER:
        named = "; ".join(f"{predicting.letter(at)} {choice}" for at, choice in enumerate(one.choices))
        screen.hanging("" if screen.is_plain else "  ", named, QUIET)


def _explained(lab: "Lab", now: "LabProgress", screen: Screen) -> None:
    choice, sentence = parts_of(now.explanation)
    texts = {one.id: one.text for one in lab.explain.choices} if lab.explain else {}
    lead = "explained: " if screen.is_plain else "  explained  "
    screen.hanging(Text(lead, style=QUIET), f"{texts.get(choice, choice)}{'. ' if choice else ''}«{sentence}»")


def parts_of(explanation: Any) -> tuple[str, str]:
    """The choice and the sentence of what is kept as explanation."""
    if isinstance(explanation, Mapping):
        return str(explanation.get("choice", "")), str(explanation.get("sentence", ""))
    return str(getattr(explanation, "choice", "")), str(getattr(explanation, "sentence", explanation))


def _summary(compared: "Sequence[Compared]", screen: Screen) -> None:
    judged = [one.is_close for one in compared if one.is_close is not None]
    if judged:
        screen.heading(f"{sum(judged)} of {figures.counted(len(judged), 'prediction')} close or right.")
