"""Which page links to which, and what each is like: all computed from (seed, number), nothing stored. Tier 1; pure.

Pages 1, 2, … hang in a tree of four branches below page 0: page n has a link to
each of 4n+1 … 4n+4, so every page can be reached, as long as those above it give
their links. On top come random links, which prefer low numbers: the share of
links that point to one of the first x pages is (x / pages) ** ¼, so a page's
in-degree falls with the power -¾ of its number, and the degrees' own tail has
the exponent 2.3 (Broder et al., "Graph structure in the Web", 2000, found 2.1).

What must not live here: URLs (`addresses.py`), and what a fault does (`misbehaving.py`).
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from concur.errors import UsageError
from concur.web import faults, mixing, spread
from concur.web.mixing import MASK, Word

FEWEST, MOST = 10, 1_000_000
BRANCHES = 4
PLAIN = 0  # the kind of a page without a fault; PAGE_FAULTS[kind - 1] is the name of any other
ROOM = 4  # a web of so many times the kinds of faults has each kind at least once

_TRAITS, _KIND, _SIDES, _FIRST_LINKS = range(4)  # which word of a page's key is what
_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("pages", FEWEST, MOST),
    ("links", 1, 200),
    ("page_bytes", 100, 256 << 10),
    ("hosts", 1, 100),
)


class Slot(NamedTuple):
    """A link on a page: the page it points to, and 32 random bits for how it is written."""

    target: int
    dice: int


@dataclass(frozen=True)
class Web:
    """A web, and whatever can be said of its pages by number.

    links: how many a page has in the mean; page_bytes: the mean of the lognormal sizes; latency: `none`,
    `constant:50ms` or `lognormal:50ms` (the mean); faults: `none`, `all` or names with shares (`faults.shares`);
    hosts: over how many origins the pages are spread; crawl_delay_s: what robots.txt asks for.
    Raises UsageError for what makes no sense.
    """

    seed: int = 1
    pages: int = 1000
    links: int = 20
    page_bytes: int = 10 * 1024
    latency: str = "none"
    faults: str = "none"
    hosts: int = 1
    crawl_delay_s: float | None = None

    def __post_init__(self) -> None:
        for name, least, most in _BOUNDS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(f"a web with {name} of {value:,} cannot be", do=f"Give {least:,} to {most:,}.")
        if self.crawl_delay_s is not None and not 0 <= self.crawl_delay_s <= spread.LONGEST_S:
            raise UsageError(f"no Crawl-delay of {self.crawl_delay_s} s", do="Give 0 to 60 s.")
        _ = self.shares, self.latency_shape  # to refuse at once what is not understood

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share by the name of a fault, those of 0 left out."""
        return faults.shares(self.faults)

    @cached_property
    def latency_shape(self) -> tuple[float, float]:
        """The mean in seconds, and sigma."""
        return spread.latency(self.latency)

    # Arithmetic that takes a page's number or key as an int, or an array of them

    @cached_property
    def _seed_key(self) -> int:
        return mixing.mix(self.seed & MASK)

    def key(self, number: Word) -> Word:
        """What everything about a page is drawn from."""
        return mixing.key(self._seed_key, number)

    def random_links(self, key: Word) -> Word:
        """How many links a page has beyond those to its children: 0 … 2 × (links - 1), each as likely."""
        traits: Any = mixing.word(key, _TRAITS)
        count: Word = ((traits >> 32) & 0xFFFF) * (2 * self.links - 1) >> 16
        return count

    def host_draw(self, key: Word) -> Word:
        """The host of a page other than page 0, which is on host 0."""
        traits: Any = mixing.word(key, _TRAITS)
        host: Word = (traits >> 48) * self.hosts >> 16
        return host

    def kind_draw(self, key: Word) -> Word:
        """32 bits that choose the page's kind by `kind_bounds`."""
        kind: Any = mixing.word(key, _KIND)
        draw: Word = kind >> 32
        return draw

    def side_draw(self, key: Word, side: int) -> Word:
        """16 bits, for whether a page links to the things of SIDE_FAULTS[side]: if below `side_bound`."""
        sides: Any = mixing.word(key, _SIDES)
        draw: Word = (sides >> 16 * side) & 0xFFFF
        return draw

    def dice(self, key: Word, slot: int) -> Word:
        """The 32 random bits of a link."""
        pair: Any = mixing.word(key, _FIRST_LINKS + slot // 2)
        bits: Word = (pair >> 32 * (slot % 2)) & 0xFFFFFFFF
        return bits

    def random_target(self, dice: Word) -> Word:
        """The page that a random link points to: pages × u⁴, u uniform in [0, 1), in integers."""
        u: Any = dice
        squared = u * u >> 32
        target: Word = (squared * squared >> 32) * self.pages >> 32
        return target

    # Choosing

    @cached_property
    def kind_bounds(self) -> list[int]:
        """Ascending bounds in 32 bits, one below which each kind of fault begins, and the last where they end."""
        bounds, sum_of_shares = [], 0.0
        for name in reversed(faults.PAGE_FAULTS):
            sum_of_shares += self.shares.get(name, 0.0)
            bounds.append((1 << 32) - round(min(sum_of_shares, 1.0) * (1 << 32)))
        return bounds[::-1]

    @cached_property
    def appointed(self) -> dict[int, int]:
        """Kinds of pages that are no draw: one leaf for each kind that is wanted, where there is room for all."""
        kinds = [kind for kind, name in enumerate(faults.PAGE_FAULTS, 1) if name in self.shares]
        if self.pages < ROOM * len(kinds):
            return {}
        return {self.pages - 1 - rank: kind for rank, kind in enumerate(kinds)}

    def side_bound(self, side: int) -> int:
        """The bound for `side_draw`."""
        return round(self.shares.get(faults.SIDE_FAULTS[side], 0.0) * 0x10000)

    # One page

    def kind(self, number: int) -> int:
        """PLAIN, or 1 + the index of its fault in PAGE_FAULTS."""
        if not number or not self.shares:
            return PLAIN
        if number in self.appointed:
            return self.appointed[number]
        return bisect_right(self.kind_bounds, self.kind_draw(self.key(number)))

    def fault(self, number: int) -> str:
        """The name of a page's fault, empty for none."""
        kind = self.kind(number)
        return faults.PAGE_FAULTS[kind - 1] if kind else ""

    def host(self, number: int) -> int:
        """The host that a page is on."""
        return self.host_draw(self.key(number)) if number and self.hosts > 1 else 0

    def size_bytes(self, number: int) -> int:
        """How large a page is meant to be; one whose links need more is larger."""
        bits = mixing.word(self.key(number), _TRAITS) & 0xFFFF
        return round(self.page_bytes * spread.factor(spread.SIZE_SIGMA, bits))

    def latency_s(self, number: int) -> float:
        """How long a page's answer takes to begin."""
        mean_s, sigma = self.latency_shape
        if not sigma:
            return mean_s
        return mean_s * spread.factor(sigma, mixing.word(self.key(number), _TRAITS) >> 16 & 0xFFFF)

    def children(self, number: int) -> range:
        """The pages below a page in the tree."""
        first = BRANCHES * number + 1
        return range(min(first, self.pages), min(first + BRANCHES, self.pages))

    def slots(self, number: int) -> list[Slot]:
        """The links of a page: its children's first, then the random ones, which may repeat."""
        key = self.key(number)
        children = self.children(number)
        dice = self._all_dice(key, len(children) + self.random_links(key))
        to_children = list(map(Slot, children, dice))
        return to_children + [Slot(self.random_target(bits), bits) for bits in dice[len(children) :]]

    def _all_dice(self, key: int, count: int) -> list[int]:
        """`dice` of all slots, each word made once."""
        dice: list[int] = []
        for index in range(_FIRST_LINKS, _FIRST_LINKS + (count + 1) // 2):
            pair = mixing.word(key, index)
            dice += (pair & 0xFFFFFFFF, pair >> 32)
        return dice[:count]

    def has_side(self, number: int, side: int) -> bool:
        """Whether a page links to the things of SIDE_FAULTS[side]."""
        bound = self.side_bound(side)
        return bound > 0 and self.side_draw(self.key(number), side) < bound
