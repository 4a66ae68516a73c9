"""What a check found: pure data, and the verdict that follows from it. Tier 1; no I/O."""

from collections.abc import Sequence

import msgspec

KEPT = "kept"
BROKEN = "broken"
DECLARED = "declared"  # declared unmet, and so it is
OUT_OF_DATE = "out of date"  # declared unmet, but kept: the declaration has to go
NOT_CHECKABLE = "not checkable"
FAILURES = (BROKEN, OUT_OF_DATE)


class Check(msgspec.Struct, frozen=True):
    """One thing that was done to a server, and what came of it; three clauses to be read one after another."""

    did: str
    expected: str
    seen: str
    ok: bool


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A promise's verdict, with what was done to reach it. reason: why it is declared unmet, or not checkable."""

    promise: int
    text: str
    verdict: str
    checks: list[Check] = []
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether something has to be mended: the server, or what is declared of it."""
        return self.verdict in FAILURES


class NotCheckable(Exception):
    """What a promise raises where it cannot be judged from outside; the text is the reason."""


def verdict(checks: Sequence[Check], declared: str) -> str:
    """What follows from the checks of a promise, declared unmet for some reason or for none."""
    is_kept = all(check.ok for check in checks)
    if declared:
        return OUT_OF_DATE if is_kept else DECLARED
    return KEPT if is_kept else BROKEN


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found of one target; interpreter is empty for a command, which runs on none of ours."""

    target: str
    interpreter: str
    findings: list[Finding]

    @property
    def is_failure(self) -> bool:
        """Whether one of its findings is."""
        return any(finding.is_failure for finding in self.findings)
