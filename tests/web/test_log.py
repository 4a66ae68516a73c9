import msgspec

from concur.web import log as logs

BASE = "http://127.0.0.1:8000"
SECOND_NS = 10**9


def test_counts_and_gaps_are_those_of_the_requests() -> None:
    log = logs.of((BASE,))
    times = [log.arrived(BASE, path, at) for path, at in (("/", 100), ("/p/1", 250), ("/", 260), ("/p/2", 900))]
    log.answered(BASE)
    origin = log.origins[BASE]
    assert times == [1, 1, 2, 1]
    assert (origin.times, origin.began, origin.gap_ns) == ({"/": 2, "/p/1": 1, "/p/2": 1}, "/", 10)
    assert (origin.in_flight, origin.in_flight_most, log.requests) == (3, 4, 4)


def test_the_busiest_second_is_kept() -> None:
    log = logs.of((BASE,))
    for at in (0, 1, SECOND_NS, SECOND_NS + 1, SECOND_NS + 2, 5 * SECOND_NS):
        log.arrived(BASE, "/", at)
    assert log.per_s_most == 3


def test_connections_are_counted_while_they_last() -> None:
    log = logs.of((BASE,))
    for change in (log.connected, log.connected, log.disconnected, log.connected, log.disconnected):
        change(BASE)
    origin = log.origins[BASE]
    assert (origin.connections, origin.connections_now, origin.connections_most) == (3, 1, 2)


def test_a_cleared_log_keeps_what_will_end_later() -> None:
    log = logs.of((BASE,))
    log.connected(BASE)
    log.arrived(BASE, "/", 5)
    log.arrived("http://other", "/", 5)
    log.clear()
    log.answered(BASE)
    log.disconnected(BASE)
    origin = log.origins[BASE]
    assert (log.requests, origin.times, origin.in_flight, origin.connections_now) == (0, {}, 0, 0)


def test_a_log_returns_from_its_json() -> None:
    log = logs.of((BASE,))
    log.arrived(BASE, "/p/1?ü", 5)
    assert logs.decode(msgspec.json.encode(log)) == log
