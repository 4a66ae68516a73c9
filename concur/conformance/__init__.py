"""The promises of the echo service and of the crawler, proved over real sockets. Tier 1.

    for finding in check_echo(target):  # or check_crawl
        print(finding.promise, finding.verdict, finding.checks)

Each promise is a function that starts the server or the crawler afresh, does
something to it, and yields what it did, expected, and saw. No pytest here, and nothing raised for
what a server does: a hang, a death or a refusal is what was seen. What must not
live here: how findings are shown, and anything that knows a model by name.

Read `results.py`, then `exact.py`; `peers.py` is the other end of a connection,
`subject.py` the server under check. Of the crawler read `crawling.py`, then
`crawl_exact.py`; `crawler.py` is the one under check, `traps.py` a host that
holds it. `process.py` is what both have in common.
"""

from concur.conformance.crawling import check_crawl
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
    "check_crawl",
    "check_echo",
    "check_promise",
]
