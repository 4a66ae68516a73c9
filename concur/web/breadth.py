"""A correct crawl as a walk over the graph: the depths of all pages at once, in arrays. Tier 1; pure.

Breadth first, a level at a time, a piece of a level at a time: a million pages
take seconds and under 100 MB. What must not live here: URLs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy

from concur.web.faults import FAILS, FAULTS, LINKS, PAGE_FAULTS, PASSES, SIDE_FAULTS
from concur.web.graph import BRANCHES, Web

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from concur.web.mixing import Array

NEVER = -1  # the depth of a page that is not asked for
_PIECE = 1 << 15
_ENDS = {row.name: row.end for row in FAULTS}


def kinds(web: Web) -> "NDArray[numpy.uint8]":
    """Each page's kind, as `Web.kind` has it."""
    found = numpy.zeros(web.pages, numpy.uint8)
    if not web.shares:
        return found
    for begin, numbers in _pieces(numpy.arange(web.pages, dtype=numpy.uint64)):
        draws = web.kind_draw(web.key(numbers))
        found[begin : begin + len(numbers)] = numpy.searchsorted(web.kind_bounds, draws, side="right")
    for number, kind in web.appointed.items():
        found[number] = kind
    found[0] = 0
    return found


def hosts(web: Web) -> "NDArray[numpy.uint8]":
    """The host that each page is on."""
    found = numpy.zeros(web.pages, numpy.uint8)
    if web.hosts > 1:
        for begin, numbers in _pieces(numpy.arange(web.pages, dtype=numpy.uint64)):
            found[begin : begin + len(numbers)] = web.host_draw(web.key(numbers))
        found[0] = 0
    return found


def with_side(web: Web, name: str, numbers: "NDArray[numpy.int64]") -> "NDArray[numpy.int64]":
    """Those of the pages that link to the things of a side fault."""
    side = SIDE_FAULTS.index(name)
    if not web.side_bound(side):
        return numbers[:0]
    draws = web.side_draw(web.key(numbers.astype(numpy.uint64)), side)
    return numbers[draws < web.side_bound(side)]


def ends_in(*ends: str) -> list[int]:
    """The kinds of which that comes in the end."""
    return [kind for kind, name in enumerate(PAGE_FAULTS, 1) if _ENDS[name] in ends]


def gives_links(found: "NDArray[numpy.uint8]", retries: int) -> "NDArray[numpy.bool_]":
    """Whether each page's links are found, given its kind, and how often a crawl asks again."""
    giving = [0, *ends_in(LINKS), *(ends_in(PASSES) if retries else [])]
    return numpy.isin(found, giving)


def most(found: "NDArray[numpy.uint8]", retries: int) -> "NDArray[numpy.int64]":
    """How many attempts a correct crawl makes at most for each page."""
    counts = numpy.ones(len(found), numpy.int64)
    counts[numpy.isin(found, ends_in(PASSES))] = min(2, 1 + retries)
    counts[numpy.isin(found, ends_in(FAILS))] = 1 + retries
    return counts


def depths(
    web: Web, *, gives: "NDArray[numpy.bool_]", allowed: "NDArray[numpy.bool_]", max_depth: int | None
) -> "NDArray[numpy.int32]":
    """The fewest links from page 0 to each page, over pages that give their links and that are allowed; else NEVER."""
    found = numpy.full(web.pages, NEVER, numpy.int32)
    found[0] = depth = 0
    level = numpy.zeros(1, numpy.int64)
    while len(level) and (max_depth is None or depth < max_depth):
        depth += 1
        reached = numpy.zeros(web.pages, numpy.bool_)
        for _, numbers in _pieces(level[gives[level]].astype(numpy.uint64)):
            for targets in _targets(web, numbers):
                reached[targets] = True
        level = numpy.flatnonzero(reached & (found == NEVER) & allowed)
        found[level] = depth
    return found


def _targets(web: Web, numbers: "Array") -> "Iterator[NDArray[numpy.int64]]":
    """The pages that these link to, a slot at a time, as `Web.slots` has them."""
    keys = web.key(numbers)
    first = numbers.astype(numpy.int64) * BRANCHES + 1
    children = numpy.clip(web.pages - first, 0, BRANCHES)
    counts = children + web.random_links(keys).astype(numpy.int64)
    for slot in range(int(counts.max(initial=0))):
        to_children = slot < children
        yield first[to_children] + slot
        drawn = (slot < counts) & ~to_children
        yield web.random_target(web.dice(keys[drawn], slot)).astype(numpy.int64)


def _pieces(numbers: "Array") -> "Iterator[tuple[int, Array]]":
    for begin in range(0, len(numbers), _PIECE):
        yield begin, numbers[begin : begin + _PIECE]
