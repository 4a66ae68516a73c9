"""A verdict follows from what was seen and what was declared."""

import pytest

from concur.conformance.results import (
    BROKEN,
    DECLARED,
    KEPT,
    NOT_CHECKABLE,
    OUT_OF_DATE,
    Check,
    Checked,
    Finding,
    verdict,
)

GOOD, BAD = Check("did", "expected", "seen", True), Check("did", "expected", "seen", False)


@pytest.mark.parametrize(
    ("checks", "declared", "expected"),
    [
        ([GOOD, GOOD], "", KEPT),
        ([GOOD, BAD], "", BROKEN),
        ([GOOD, BAD], "it cannot", DECLARED),
        ([GOOD, GOOD], "it cannot", OUT_OF_DATE),
    ],
)
def test_a_declaration_holds_only_where_the_promise_is_broken(
    checks: list[Check], declared: str, expected: str
) -> None:
    assert verdict(checks, declared) == expected


@pytest.mark.parametrize(
    ("said", "is_failure"),
    [(KEPT, False), (DECLARED, False), (NOT_CHECKABLE, False), (BROKEN, True), (OUT_OF_DATE, True)],
)
def test_what_has_to_be_mended_is_a_failure(said: str, is_failure: bool) -> None:
    finding = Finding(promise=1, text="", verdict=said)
    assert finding.is_failure is is_failure
    assert Checked(target="x", interpreter="", findings=[finding]).is_failure is is_failure
