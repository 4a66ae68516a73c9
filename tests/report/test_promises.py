"""What is found of promises reads well on any terminal."""

import io

import pytest
from rich.console import Console

from concur.conformance.results import BROKEN, DECLARED, KEPT, NOT_CHECKABLE, OUT_OF_DATE, Check, Checked, Finding
from concur.report.promises import show

GOOD = Check("sent much", "the same bytes", "the same bytes", True)
BAD = Check("sent much more", "the same bytes", "another byte", False)


def finding(promise: int, verdict: str, reason: str = "") -> Finding:
    checks = [GOOD, BAD] if verdict in (BROKEN, DECLARED) else [GOOD]
    return Finding(promise=promise, text=f"promise {promise}", verdict=verdict, checks=checks, reason=reason)


def checked(target: str, *findings: Finding, interpreter: str = "3.11") -> Checked:
    return Checked(target=target, interpreter=interpreter, findings=list(findings))


def shown(*several: Checked, width: int = 80, verbose: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, markup=False, highlight=False)
    show(several, console, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_one_target_is_a_list_that_explains_what_is_broken_alone() -> None:
    text = shown(checked("mine", finding(1, KEPT), finding(2, BROKEN), finding(3, DECLARED, "it cannot")))
    assert text.splitlines() == [
        "mine on 3.11",
        "✓ 1  promise 1",
        "✗ 2  promise 2",
        "     did       sent much more",
        "     expected  the same bytes",
        "     seen      another byte",
        "– 3  promise 3",
        "     declared: it cannot",
        "1 kept, 1 broken, 1 declared",
    ]


def test_verbose_lists_every_check_of_every_target() -> None:
    text = shown(checked("mine", finding(1, KEPT)), checked("yours", finding(1, BROKEN)), verbose=True)
    assert text.count("did       sent much") == 3


def test_several_are_a_table_for_each_interpreter() -> None:
    text = shown(checked("mine", finding(1, KEPT)), checked("mine", finding(1, KEPT), interpreter="3.14"))
    assert [line for line in text.splitlines() if line.startswith("on ")] == ["on 3.11  1", "on 3.14  1"]


def test_commands_are_a_table_without_an_interpreter() -> None:
    text = shown(checked("a {port}", finding(1, KEPT), interpreter=""), checked("b {port}", finding(1, KEPT)))
    assert text.startswith("commands  1")


def test_a_reason_that_several_share_is_said_once() -> None:
    text = shown(
        checked("a", finding(4, DECLARED, "its pool is small"), finding(6, KEPT)),
        checked("b", finding(4, DECLARED, "its pool is small"), finding(6, DECLARED, "it spins")),
    )
    assert "– 4 a, b: its pool is small" in text
    assert "– 6 b: it spins" in text


def test_what_is_not_checkable_at_all_names_no_promises() -> None:
    text = shown(
        checked("a", finding(1, NOT_CHECKABLE, "needs 3.14"), finding(2, NOT_CHECKABLE, "needs 3.14")),
        checked("b", finding(1, KEPT), finding(2, KEPT)),
    )
    assert "? a: needs 3.14" in text


def test_the_marks_that_occur_are_explained() -> None:
    text = shown(checked("a", finding(1, OUT_OF_DATE, "it cannot")), checked("b", finding(1, KEPT)))
    assert text.splitlines()[-1] == "✓ kept  ! declared unmet, but kept"
    assert "1 promise 1" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal_or_than_one_can_read(width: int) -> None:
    reason = "a long reason, of very many words, " * 6
    text = shown(checked("a", finding(1, DECLARED, reason)), checked("b", finding(1, BROKEN)), width=width)
    assert max(map(len, text.splitlines())) <= min(width, 100)
    assert " ".join(text.split()).count("a long reason, of very many words,") == 6
