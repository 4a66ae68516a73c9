"""How a condition is written, such as `p99>5ms`: its grammar, and errors that point at the place. Tier 1; pure.

    [[SCENARIO/]MODEL[@INTERPRETER]:] METRIC OP VALUE        or  SCENARIO: METRIC OP VALUE

OP is one of > >= < <= ==; VALUE is a number with the unit of the metric's kind,
or a factor of the reference's figure (`0.95*ref`). What comes of a condition is
`conditions.py`'s business.
"""

import math
import re

import msgspec

from concur.bench.metrics import METRICS
from concur.bench.plan import is_meant
from concur.bench.scenarios import SCENARIOS
from concur.errors import UsageError

THOUSANDS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6}
UNITS: dict[str, dict[str, float]] = {
    "rate": {unit + per: size for unit, size in THOUSANDS.items() for per in ("", "/s")},
    "time": {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9},
    "share": {"": 1.0, "%": 0.01},
    "size": {"": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30},
    "each": {"": 1.0},
    "count": THOUSANDS,
}
EXAMPLES = {"rate": "20k/s", "time": "5ms", "share": "95%", "size": "64MiB", "each": "0.5", "count": "0"}
METRIC, OPERATOR = re.compile(r"[A-Za-z][A-Za-z0-9._]*"), re.compile(r">=|<=|==|>|<")
NUMBER, FACTOR, UNIT = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII), re.compile(r"\*\s*ref\b"), re.compile(r"\S*")
SPACE = re.compile(r"\s*")


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition as it was typed, and read.

    scenario and target narrow it to some cells; empty means all. limit is in
    the metric's own unit (/s, ns, a share, bytes), or a factor of the
    reference's figure.
    """

    text: str
    metric: str
    operator: str
    limit: float
    is_ratio: bool = False
    scenario: str = ""
    target: str = ""  # a model, a label, or either @INTERPRETER

    def means(self, scenario: str, label: str, model: str, interpreter: str) -> bool:
        """Whether it is about this cell."""
        # A sweep's scenarios are called «small, 8 connections»: `small` means all of them.
        here = self.scenario in ("", scenario) or scenario.startswith(f"{self.scenario},")
        return here and (not self.target or is_meant(self.target, label, model, interpreter))


class _Reader:
    """A text and the place in it; what is not as expected becomes an error that points there."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def take(self, pattern: re.Pattern[str]) -> str:
        """What matches here, behind any space; empty where nothing does, and then the place stays."""
        start = self.skip()
        matched = pattern.match(self.text, start)
        self.at = matched.end() if matched else start
        return matched.group() if matched else ""

    def skip(self) -> int:
        matched = SPACE.match(self.text, self.at)
        self.at = matched.end() if matched else self.at
        return self.at

    def error(self, what: str, expected: str, at: int | None = None) -> UsageError:
        place = self.at if at is None else at
        return UsageError(
            "a condition is not understood",
            why=_printable(what),
            do=f"Expected {expected}:\n  {_printable(self.text)}\n  {' ' * place}^",
        )


def _printable(text: str) -> str:
    """One letter for each, so that places stay."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def parse(text: str) -> Condition:
    """The condition that a text is. Raises UsageError that points at the place which is not understood."""
    reader = _Reader(text)
    scenario, target = _cells(reader)
    metric = _metric(reader)
    start = reader.skip()
    compared = reader.take(OPERATOR)
    if not compared:
        raise reader.error(f"{_found(reader)} is no comparison", "one of > >= < <= ==", start)
    limit, is_ratio = _value(reader, metric)
    return Condition(
        text=text.strip(),
        metric=metric,
        operator=compared,
        limit=limit,
        is_ratio=is_ratio,
        scenario=scenario,
        target=target,
    )


def _cells(reader: _Reader) -> tuple[str, str]:
    """(scenario, target) of what stands before the last colon; a target's own name may hold colons and slashes."""
    where, colon, _ = reader.text.rpartition(":")
    if not colon:
        return "", ""
    reader.at = len(where) + 1
    scenario, _, target = (part.strip() for part in where.partition("/"))
    if scenario.partition(",")[0] in {one.name for one in SCENARIOS}:
        return scenario, target
    if not where.strip():
        raise reader.error("nothing stands before the colon", "a scenario or a model", reader.at - 1)
    return "", where.strip()


def _metric(reader: _Reader) -> str:
    start = reader.skip()
    metric = reader.take(METRIC)
    if metric not in METRICS:
        what = f"'{metric}' is no figure of a cell" if metric else f"{_found(reader)} is no figure of a cell"
        raise reader.error(what, f"one of {', '.join(METRICS)}", start)
    return metric


def _value(reader: _Reader, metric: str) -> tuple[float, bool]:
    kind = METRICS[metric].kind
    start = reader.skip()
    number = reader.take(NUMBER)
    if not number:
        raise reader.error(f"{_found(reader)} is no number", _expected(kind), start)
    at = reader.skip()
    if reader.take(FACTOR):
        if kind == "count":
            raise reader.error(f"{metric} is a count, which has no ratio", _expected(kind), start)
        factor, is_ratio = 1.0, True
    else:
        unit, is_ratio = reader.take(UNIT), False
        if unit not in UNITS[kind]:
            raise reader.error(_wrong_unit(unit, metric), _expected(kind), at)
        factor = UNITS[kind][unit]
    end = reader.skip()
    if end < len(reader.text):
        raise reader.error(f"{_found(reader)} is one thing too many", "the end", end)
    limit = float(f"{float(number) * factor:.15g}")  # 0.3 ms has no further digits than were typed
    if not math.isfinite(limit):
        raise reader.error("it is too much", _expected(kind), start)
    return limit, is_ratio


def _expected(kind: str) -> str:
    units = " ".join(unit for unit in UNITS[kind] if unit)
    of_units = f" (units: {units})" if units else ""
    return f"a value such as {EXAMPLES[kind]}{of_units}" + ("" if kind == "count" else ", or 0.95*ref")


def _wrong_unit(unit: str, metric: str) -> str:
    return f"'{unit}' is no unit of {metric}" if unit else f"{metric} needs a unit"


def _found(reader: _Reader) -> str:
    rest = reader.text[reader.at :].split()
    return f"'{rest[0]}'" if rest else "the end"
