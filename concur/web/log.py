"""What a web was asked, counted as it happens: how often for what, how many at once, how close together. Tier 1.

Pure but for the times that it is given. A log is a JSON document, too. What must
not live here: what is right and what is wrong (`judging.py`).
"""

import msgspec

_SECOND_NS = 1_000_000_000


class OriginLog(msgspec.Struct, kw_only=True):
    """What one origin was asked. times: how often, by path; gap_ns: the shortest time between two requests' arrivals.

    began is the path of the first request; too_soon has the paths that were asked for again before Retry-After
    was over; connections counts those that carried a request.
    """

    times: dict[str, int] = {}
    requests: int = 0
    began: str = ""
    first_ns: int = 0
    last_ns: int = 0
    gap_ns: int | None = None
    connections: int = 0
    connections_now: int = 0
    connections_most: int = 0
    in_flight: int = 0
    in_flight_most: int = 0
    retry_ns: dict[str, int] = {}  # not to be asked for again before
    too_soon: dict[str, int] = {}


class Log(msgspec.Struct, kw_only=True):
    """What a whole web was asked, by base («http://127.0.0.1:8000»).

    foreign has the URLs asked for under a name that is none of the web's; refused counts what was no request.
    """

    origins: dict[str, OriginLog]
    foreign: dict[str, int] = {}
    refused: int = 0
    per_s_most: int = 0
    second: int = 0  # the one being counted
    per_s: int = 0

    @property
    def requests(self) -> int:
        """How many requests came, of all kinds but those for the log."""
        return sum(origin.requests for origin in self.origins.values()) + sum(self.foreign.values())

    def arrived(self, base: str, path: str, now_ns: int) -> int:
        """A request has come. For which time this URL is asked for, from 1."""
        self._count_second(now_ns)
        origin = self.origins.get(base)
        if origin is None:
            self.foreign[base + path] = self.foreign.get(base + path, 0) + 1
            return self.foreign[base + path]
        if not origin.requests:
            origin.began, origin.first_ns = path, now_ns
        else:
            gap_ns = now_ns - origin.last_ns
            origin.gap_ns = gap_ns if origin.gap_ns is None else min(gap_ns, origin.gap_ns)
        origin.last_ns = now_ns
        origin.requests += 1
        origin.in_flight += 1
        origin.in_flight_most = max(origin.in_flight, origin.in_flight_most)
        time = origin.times[path] = origin.times.get(path, 0) + 1
        if now_ns < origin.retry_ns.get(path, 0):
            origin.too_soon[path] = origin.too_soon.get(path, 0) + 1
        return time

    def answered(self, base: str) -> None:
        """The answer to a request is out, or its connection is gone."""
        if base in self.origins:
            self.origins[base].in_flight -= 1

    def not_before(self, base: str, path: str, due_ns: int) -> None:
        """An answer said Retry-After."""
        if base in self.origins:
            self.origins[base].retry_ns[path] = due_ns

    def connected(self, base: str) -> None:
        """A connection to an origin has carried its first request."""
        if (origin := self.origins.get(base)) is not None:
            origin.connections += 1
            origin.connections_now += 1
            origin.connections_most = max(origin.connections_now, origin.connections_most)

    def disconnected(self, base: str) -> None:
        """Such a connection has ended."""
        if base in self.origins:
            self.origins[base].connections_now -= 1

    def clear(self) -> None:
        """Forget what was asked; what is open yet stays counted, since its end will be."""
        for base, origin in self.origins.items():
            now, in_flight = origin.connections_now, origin.in_flight
            fresh = OriginLog(connections=now, connections_now=now, connections_most=now)
            fresh.in_flight = fresh.in_flight_most = in_flight
            self.origins[base] = fresh
        self.foreign, self.refused = {}, 0
        self.per_s_most = self.second = self.per_s = 0

    def _count_second(self, now_ns: int) -> None:
        second = now_ns // _SECOND_NS
        if second != self.second:
            self.second, self.per_s = second, 0
        self.per_s += 1
        self.per_s_most = max(self.per_s, self.per_s_most)


def of(bases: tuple[str, ...]) -> Log:
    """An empty log of a web with these origins."""
    return Log(origins={base: OriginLog() for base in bases})


def decode(document: bytes) -> Log:
    """A log from its JSON."""
    return msgspec.json.decode(document, type=Log)
