"""The named crawls: a web, and how many requests are in flight. Tier 1; data."""

from collections.abc import Sequence

import msgspec

from concur.bench.placement import Kind
from concur.errors import UsageError, unknown
from concur.web.graph import FEWEST, Web
from concur.web.graph import MOST as MOST_OF_A_WEB

KIB = 1024
MOST_PAGES = 100_000
MOST_IN_FLIGHT = 1_000
SWEEP = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SWEEP_S = 5.0  # how long a crawl of a sweep takes as long as nothing but latency holds it up
FEWEST_WITH_LATENCY, MOST_IN_SWEEP = 100, 5_000  # pages: fewer are ramp-up and tail, more take long where the CPU ends
QUICK = 4  # times fewer pages
# What asks for no more at a time, and why; what is not named here has no bound below MOST_IN_FLIGHT.
BOUNDS: dict[str, tuple[int, str]] = {
    "sequential": (1, "it asks for one page at a time"),
    "processes": (100, "it has a process for each request in flight"),
    "prefork": (100, "it has a process for each request in flight"),
}


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A web to crawl from its seed to its end, one origin, as many requests in flight as that takes.

    latency and faults are as `concur.web.graph.Web` takes them; the mean time until
    an answer begins is latency_s. about_per_s is a guess at the rate, for whoever waits.
    """

    name: str
    shows: str
    pages: int
    variant_of: str = ""  # in a sweep, the scenario of which the requests in flight were changed
    links: int = 20
    page_bytes: int = 10 * KIB
    latency: str = "none"
    faults: str = "none"
    in_flight: int = 20
    retries: int = 2
    backoff_s: float = 0.25
    about_per_s: float = 800.0
    placement: Kind = "pinned"

    def web(self, seed: int) -> Web:
        """What is crawled. Raises UsageError for a web that cannot be."""
        return Web(
            seed=seed,
            pages=self.pages,
            links=self.links,
            page_bytes=self.page_bytes,
            latency=self.latency,
            faults=self.faults,
        )

    @property
    def has_latency(self) -> bool:
        """Whether answers take time, so that the requests in flight bound the rate."""
        return self.latency != "none"

    def ideal_per_s(self, seed: int) -> float | None:
        """Pages a second if nothing but latency took time: in flight / mean latency of this web's pages; else None.

        Little's law (1961): what is in the system is the rate times the time in it.
        """
        web = self.web(seed)
        latency_s = sum(map(web.latency_s, range(web.pages))) / web.pages
        return self.in_flight / latency_s if latency_s else None

    def about_s(self) -> float:
        """A rough guess at how long a crawl takes."""
        mean_s = self.web(1).latency_shape[0]
        by_latency_s = self.pages * mean_s / self.in_flight
        return max(self.pages / self.about_per_s, by_latency_s) + 2 * mean_s


SCENARIOS = (
    Scenario(name="near", shows="no latency: what a page costs; 10 KiB and 20 links a page, 20 in flight", pages=2_000),
    Scenario(
        name="far",
        shows="50 ms of latency in the mean, lognormal: whether 20 are in flight all the time",
        pages=1_500,
        latency="lognormal:50ms",
    ),
    Scenario(
        name="parse",
        shows="200 KiB and 100 links a page: parsing, which no other request waits for where there is a GIL",
        pages=200,
        page_bytes=200 * KIB,
        links=100,
        about_per_s=100.0,
    ),
    Scenario(
        name="hostile",
        shows="every fault of the web: whether the crawl is right; Retry-After of a second bounds the rate",
        pages=500,
        faults="all",
        backoff_s=0.05,
        about_per_s=200.0,
    ),
)


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises UsageError with the nearest names for any other."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise unknown("scenario of a crawl", name, [one.name for one in SCENARIOS])


def chosen(
    names: Sequence[str],
    *,
    in_flight: Sequence[int] = (),
    pages: int | None = None,
    placement: Kind | None = None,
    is_quick: bool = False,
) -> list[Scenario]:
    """The scenarios of these names, as they are changed for all. Of several numbers in flight each is a variant.

    Raises UsageError for what there is not, and for numbers that make no sense.
    """
    check_pages(pages)
    check_in_flight(in_flight)
    if not names:
        raise UsageError("no scenario is named", do="Name some, such as -s near, or leave -s out.")
    found = []
    for name in dict.fromkeys(names):
        one = scenario(name)
        one = one if placement is None else msgspec.structs.replace(one, placement=placement)
        found += [_resized(each, pages, is_quick=is_quick) for each in sweep(one, in_flight)]
    return found


def check_pages(pages: int | None) -> None:
    """Raises UsageError for a web that is too small, or takes too long to be crawled again and again."""
    if pages is not None and not FEWEST <= pages <= MOST_PAGES <= MOST_OF_A_WEB:
        raise UsageError(f"a crawl of {pages:,} pages is not measured", do=f"Give {FEWEST} to {MOST_PAGES:,}.")


def check_in_flight(numbers: Sequence[int]) -> None:
    """Raises UsageError for none, and for more than one process has descriptors for."""
    for number in numbers:
        if not 1 <= number <= MOST_IN_FLIGHT:
            raise UsageError(f"{number:,} requests in flight cannot be", do=f"Give 1 to {MOST_IN_FLIGHT:,}.")


def sweep(one: Scenario, in_flight: Sequence[int]) -> list[Scenario]:
    """The scenario with each of these numbers of requests in flight; none given changes nothing.

    One number changes what the scenario is and not what it is called; of several each
    is a variant with a name of its own, «far, 5 in flight».
    """
    counts = sorted(set(in_flight))
    if len(counts) < 2:
        return [_at(one, count) for count in counts] or [one]
    return [
        msgspec.structs.replace(_at(one, count), name=f"{one.name}, {count} in flight", variant_of=one.name)
        for count in counts
    ]


def _at(one: Scenario, in_flight: int) -> Scenario:
    """With as many pages as take SWEEP_S at that latency, where there is one."""
    changed = msgspec.structs.replace(one, in_flight=in_flight)
    if not one.has_latency or in_flight == one.in_flight:
        return changed
    pages = round(SWEEP_S * in_flight / one.web(1).latency_shape[0])
    return msgspec.structs.replace(changed, pages=min(max(pages, FEWEST_WITH_LATENCY), MOST_IN_SWEEP))


def _resized(one: Scenario, pages: int | None, *, is_quick: bool) -> Scenario:
    wanted = one.pages if pages is None else pages
    if is_quick and pages is None:
        wanted = max(FEWEST_WITH_LATENCY, one.pages // QUICK)
    return msgspec.structs.replace(one, pages=wanted)


def fewer(model: str, one: Scenario) -> Scenario:
    """The scenario as a model carries it out that asks for no more at a time: with fewer pages, where each waits.

    A variant of a sweep is what its name says, or the model has no place there: `why_not`.
    """
    most, _ = BOUNDS.get(model, (MOST_IN_FLIGHT, ""))
    if one.in_flight <= most or one.variant_of:
        return one
    pages = one.pages * most // one.in_flight if one.has_latency else one.pages
    return msgspec.structs.replace(one, in_flight=most, pages=min(one.pages, max(pages, FEWEST_WITH_LATENCY)))


def why_not(model: str, one: Scenario) -> str:
    """Why a model has no place in a variant of a sweep, empty where it has."""
    most, reason = BOUNDS.get(model, (MOST_IN_FLIGHT, ""))
    return f"at most {most} in flight: {reason}" if one.variant_of and one.in_flight > most else ""
