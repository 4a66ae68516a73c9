"""The promises of the echo service, proved over a real socket. Tier 1.

    for finding in check_echo(target):
        print(finding.promise, finding.verdict, finding.checks)

Each promise is a function that starts the server afresh, does something to it,
and yields what it did, expected, and saw. No pytest here, and nothing raised for
what a server does: a hang, a death or a refusal is what was seen. What must not
live here: how findings are shown, and anything that knows a model by name.

Read `results.py`, then `exact.py`; `peers.py` is the other end of a connection,
`subject.py` the server under check.
"""

from concur.conformance.promises import check_echo, check_promise
from concur.conformance.results import BROKEN, DECLARED, KEPT, NOT_CHECKABLE, OUT_OF_DATE, Check, Finding

__all__ = [
    "BROKEN",
    "DECLARED",
    "KEPT",
    "NOT_CHECKABLE",
    "OUT_OF_DATE",
    "Check",
    "Finding",
    "check_echo",
    "check_promise",
]
