"""What can be wrong with a web, as a table: what the server does, and what a correct crawl does about it. Tier 1; pure.

How the server does it is in `misbehaving.py`, how links go wrong in `sides.py`
and `spellings.py`. A page has one fault at most; the seed's page has none.
"""

import re
from typing import NamedTuple

from concur.errors import UsageError, unknown

# What comes of a page in the end
LINKS = "its links are found"
PASSES = "its links are found, at another attempt"
NO_LINKS = "it has no links"
FAILS = "it is an error after the last attempt"

# What a fault is a share of
PAGES = "pages"
SIDES = "pages, which link there"
EACH_LINK = "links"
ROBOTS = "robots.txt"


class Fault(NamedTuple):
    """A row: its share with «all», and of what; what comes of the page; what either side does."""

    name: str
    share: float
    of: str
    end: str
    server: str
    crawl: str


FAULTS = (
    Fault("redirect", 0.02, PAGES, LINKS, "301 to where the page is", "asks there, at the same depth"),
    Fault("redirect_chain", 0.01, PAGES, LINKS, "three redirects, relative ones", "follows all of them"),
    Fault("redirect_long", 0.002, PAGES, NO_LINKS, "twelve redirects", "stops after ten: too many redirects"),
    Fault("redirect_loop", 0.005, PAGES, NO_LINKS, "302 to a page that redirects back", "asks for each once"),
    Fault("redirect_out", 0.005, PAGES, NO_LINKS, "302 to another host", "does not follow"),
    Fault("redirect_forbidden", 0.005, PAGES, NO_LINKS, "302 to what robots.txt forbids", "does not follow"),
    Fault("not_found", 0.02, PAGES, NO_LINKS, "404 with a link in its text", "asks once, follows no link"),
    Fault("gone", 0.005, PAGES, NO_LINKS, "410 with a link in its text", "asks once, follows no link"),
    Fault("busy", 0.005, PAGES, PASSES, "429 with Retry-After: 1, once", "asks again when a second is over"),
    Fault("unavailable", 0.005, PAGES, PASSES, "503 with Retry-After: 1, once", "asks again when a second is over"),
    Fault("error_once", 0.01, PAGES, PASSES, "500, once", "asks again"),
    Fault("error_always", 0.005, PAGES, FAILS, "500, always", "asks again, and gives up"),
    Fault("slow", 0.01, PAGES, LINKS, "the body in pieces, 50 ms apart", "waits, and fetches others meanwhile"),
    Fault("truncated_once", 0.005, PAGES, PASSES, "closes after half of the body, once", "asks again"),
    Fault("truncated_always", 0.003, PAGES, FAILS, "closes after half of the body, always", "asks again, and gives up"),
    Fault("length_short", 0.003, PAGES, LINKS, "more than Content-Length says", "takes no link from what is beyond"),
    Fault("malformed", 0.003, PAGES, NO_LINKS, "two different Content-Lengths", "takes it for an error, asks once"),
    Fault("not_html", 0.02, PAGES, NO_LINKS, "text/plain that looks like HTML", "follows no link"),
    Fault("oversized", 0.0005, PAGES, NO_LINKS, "a page of 11 MiB", "stops at its limit, asks once"),
    Fault("bomb", 0.0005, PAGES, NO_LINKS, "11 KiB of gzip that are 11 MiB", "stops at its limit, asks once"),
    Fault("gzip", 0.05, PAGES, LINKS, "Content-Encoding: gzip, if that is accepted", "decodes it"),
    Fault("chunked", 0.05, PAGES, LINKS, "Transfer-Encoding: chunked", "puts the chunks together"),
    Fault("until_close", 0.01, PAGES, LINKS, "no length: the body ends with the connection", "reads to the end"),
    Fault("last_said", 0.01, PAGES, LINKS, "Connection: close, a keep-alive limit", "takes a new connection"),
    Fault("last_unsaid", 0.01, PAGES, LINKS, "closes without saying so", "sends the next request again"),
    Fault("reset_once", 0.005, PAGES, PASSES, "resets the connection, once", "asks again"),
    Fault("reset_always", 0.002, PAGES, FAILS, "resets the connection, always", "asks again, and gives up"),
    Fault("base", 0.02, PAGES, LINKS, "a <base>, and links relative to it", "resolves them against it"),
    Fault("private", 0.05, SIDES, NO_LINKS, "robots.txt forbids some, by wildcards too", "asks for the others alone"),
    Fault("calendar", 0.02, SIDES, NO_LINKS, "an endless calendar that robots.txt forbids", "never enters it"),
    Fault("elsewhere", 0.05, SIDES, NO_LINKS, "other hosts, https:, mailto:, javascript:", "leaves them alone"),
    Fault("endless", 0.02, SIDES, LINKS, "an endless calendar that nothing forbids", "ends at its greatest depth"),
    Fault("spellings", 0.2, EACH_LINK, LINKS, "one URL in twelve spellings", "knows it for the same"),
    Fault("robots_once", 1.0, ROBOTS, PASSES, "500 to the first request for it", "asks again, and for no page before"),
)

NOT_IN_ALL = frozenset({"endless"})  # with it, a crawl without a greatest depth has no end
PAGE_FAULTS = tuple(fault.name for fault in FAULTS if fault.of == PAGES)
SIDE_FAULTS = tuple(fault.name for fault in FAULTS if fault.of == SIDES)
# A crawler cannot tell these from a connection that was closed between two requests, which costs no attempt.
UNANSWERED = frozenset({"reset_once", "reset_always"})

_BY_NAME = {fault.name: fault for fault in FAULTS}
_ITEM = re.compile(r"([a-z0-9_]+)(?:=(\d+(?:\.\d*)?|\.\d+)(%?))?", re.ASCII)


def fault(name: str) -> Fault:
    """The row of that name. Raises UsageError for none."""
    if name not in _BY_NAME:
        raise unknown("fault", name, ("none", "all", *_BY_NAME))
    return _BY_NAME[name]


def shares(text: str) -> dict[str, float]:
    """`none`, `all`, `gone,redirect=5%`, `all,endless` → share by name, in the table's order, those of 0 left out.

    Raises UsageError for unknown names and shares that cannot be.
    """
    wanted: dict[str, float] = {}
    for item in text.split(","):
        wanted |= _item(item.strip())
    chosen = {row.name: wanted[row.name] for row in FAULTS if wanted.get(row.name)}
    if (total := sum(share for name, share in chosen.items() if name in PAGE_FAULTS)) > 1:
        raise UsageError(f"{total:.0%} of the pages cannot be faulty", do="Give shares that sum up to 100% at most.")
    return chosen


def _item(text: str) -> dict[str, float]:
    if text == "none":
        return {}
    if text == "all":
        return {row.name: row.share for row in FAULTS if row.name not in NOT_IN_ALL}
    matched = _ITEM.fullmatch(text)
    if matched is None:
        raise UsageError(f"'{text}' is no fault", do="Give none, all, or names with shares: gone,redirect=5%.")
    row = fault(matched[1])
    share = row.share if matched[2] is None else float(matched[2]) / (100 if matched[3] else 1)
    if share > 1:
        raise UsageError(f"a share of {share:.0%} cannot be", do=f"Give one up to 100%, such as {row.name}=5%.")
    return {row.name: share}
