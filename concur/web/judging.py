"""What a crawl did against what a correct one does: complaints, in words. Tier 1; pure."""

from collections.abc import Iterator

from concur.web.addresses import ROBOTS
from concur.web.log import Log, OriginLog
from concur.web.misbehaving import RETRY_AFTER_S
from concur.web.oracle import Expected
from concur.web.sides import OUT_OF_SCOPE

LISTED = 10  # complaints of one sort, one by one; the others are counted
# Requests are spaced where they are sent and timed where they arrive: a scheduler's delay of one shortens a gap.
GAP_SHARE = 0.5  # of the asked gap, below which one gap is a complaint
SPAN_SHARE = 0.9  # of the asked time for all of them


def check(
    log: Log,
    expected: Expected,
    *,
    delay_s: float | None = None,
    connections: int | None = None,
    in_part: bool = False,
    max_pages: int | None = None,
) -> list[str]:
    """What is wrong with a crawl, one complaint a line; empty for a correct one.

    delay_s: between two requests to one origin, None for what robots.txt asks; connections: how many an origin may
    have at once; in_part: the crawl was to stop early, so that what it did not ask for is no complaint; max_pages: it
    was to stop after so many.
    """
    delay_s = expected.web.crawl_delay_s if delay_s is None else delay_s
    sorts = [_wrongly_asked(log, expected), _foreign(log), _asked_too_often(log, expected), _too_soon(log)]
    if max_pages is not None:
        sorts += [_not_as_many(log, expected, max_pages)]
    elif not in_part:
        sorts += [_never_asked(log, expected)]
    sorts += [_robots_late(log, expected), _impolite(log, delay_s or 0.0), _crowded(log, connections)]
    return [complaint for sort in sorts for complaint in _shortened(sort)]


def over_fetched(log: Log, expected: Expected) -> int:
    """How many requests were more than a correct crawl makes at most."""
    excess = (count - expected.most_requests(base + path) for base, _, path, count in _asked(log))
    return sum(number for number in excess if number > 0) + sum(log.foreign.values())


def missing(log: Log, expected: Expected) -> int:
    """How many URLs of a correct crawl were never asked for."""
    return len(expected) - sum(expected.depth(base + path) is not None for base, _, path, _ in _asked(log))


def _asked(log: Log) -> Iterator[tuple[str, OriginLog, str, int]]:
    for base, origin in log.origins.items():
        for path, count in origin.times.items():
            yield base, origin, path, count


def _name(log: Log, base: str, path: str) -> str:
    """A URL as short as it is clear."""
    return path if len(log.origins) == 1 else base + path


def _wrongly_asked(log: Log, expected: Expected) -> Iterator[str]:
    for base, _, path, _ in _asked(log):
        if not expected.most(base + path):
            yield f"{_name(log, base, path)} was asked for, but {expected.why_not(base + path)}"


def _foreign(log: Log) -> Iterator[str]:
    for url in log.foreign:
        yield f"{url} was asked for, but {OUT_OF_SCOPE}"
    if log.refused:
        yield f"{log.refused:,} requests were no HTTP/1.1 GET"


def _asked_too_often(log: Log, expected: Expected) -> Iterator[str]:
    for base, _, path, count in _asked(log):
        most = expected.most_requests(base + path)
        if count > most > 0:
            allowed = f"{most} {'is' if most == 1 else 'are'} allowed"
            yield f"{_name(log, base, path)} was asked for {_times(count)}, {allowed}"


def _too_soon(log: Log) -> Iterator[str]:
    for base, origin in log.origins.items():
        for path in origin.too_soon:
            yield f"{_name(log, base, path)} was asked for again before {RETRY_AFTER_S} s, its Retry-After, was over"


def _never_asked(log: Log, expected: Expected) -> Iterator[str]:
    asked = {base + path for base, _, path, _ in _asked(log)}
    for url in expected:
        if url not in asked:
            located = expected.addresses.locate(url)
            path = located[1] if located and len(log.origins) == 1 else url
            yield f"{'page ' if '/p/' in path else ''}{path} was never asked for"


def _not_as_many(log: Log, expected: Expected, max_pages: int) -> Iterator[str]:
    urls = (base + path for base, _, path, _ in _asked(log))
    pages = sum(expected.depth(url) is not None and not expected.is_redirect(url) for url in urls)
    if pages != (right := min(max_pages, expected.counted)):
        yield f"{pages:,} pages were asked for, with a limit of {max_pages:,} it is to be {right:,}"


def _robots_late(log: Log, expected: Expected) -> Iterator[str]:
    for base, origin in log.origins.items():
        if base + ROBOTS in expected.robots and ROBOTS not in origin.times:
            yield f"{base}{ROBOTS} was never asked for"
        elif origin.requests and origin.began != ROBOTS:
            yield f"{_name(log, base, origin.began)} was asked for before {ROBOTS}"


def _impolite(log: Log, delay_s: float) -> Iterator[str]:
    for base, origin in log.origins.items():
        if origin.gap_ns is None or not delay_s:
            continue
        span_s, gap_s = (origin.last_ns - origin.first_ns) / 1e9, origin.gap_ns / 1e9
        asked_ms = f"{delay_s * 1e3:,.0f} ms are asked"
        if gap_s < GAP_SHARE * delay_s:
            yield f"requests of one host came {gap_s * 1e3:,.0f} ms apart, {asked_ms}: {base}"
        elif span_s < SPAN_SHARE * delay_s * (origin.requests - 1):
            mean_ms = span_s * 1e3 / (origin.requests - 1)
            yield f"requests of one host came {mean_ms:,.0f} ms apart in the mean, {asked_ms}: {base}"


def _crowded(log: Log, connections: int | None) -> Iterator[str]:
    for base, origin in log.origins.items():
        if connections is not None and origin.connections_most > connections:
            allowed = f"{connections:,} {'is' if connections == 1 else 'are'} allowed"
            yield f"{base} had {origin.connections_most:,} connections at once, {allowed}"


def _shortened(sort: Iterator[str]) -> Iterator[str]:
    """The first complaints of a sort, and how many more there are."""
    more = 0
    for number, complaint in enumerate(sort):
        if number < LISTED:
            yield complaint
        else:
            more += 1
    if more:
        yield f"… and {more:,} more like the last one"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
