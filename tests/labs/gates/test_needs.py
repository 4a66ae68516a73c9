import sys

import pytest

from concur.labs.gates import needs
from concur.labs.lab import Check


def test_each_need_of_a_lab_is_known_here() -> None:
    [kinds] = [field.type for field in __import__("msgspec").structs.fields(Check) if field.name == "requires"]
    assert set(kinds.__args__[0].__args__) == set(needs.TESTS)


def test_one_of_gil_and_no_gil_is_there() -> None:
    assert bool(needs.missing(["gil"])) != bool(needs.missing(["no-gil"]))


def test_the_first_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    assert needs.missing(["fork", "linux", "greenlet"]) == "needs Linux, this is plan9"


def test_nothing_is_missing_of_nothing() -> None:
    assert needs.missing([]) == ""


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "greenlet" in needs.missing(["greenlet"])
