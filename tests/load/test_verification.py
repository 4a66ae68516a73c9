"""Both engines against servers that misbehave by plan: each fault is counted, exactly, under its own name."""

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest

from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult

COUNTED_AS = {
    "echo": "verified",
    "alter": "wrong",
    "shift": "wrong",
    "stranger": "wrong",
    "truncate": "short",
    "reset": "reset",
    "drop": "timed_out",
    "stall": "timed_out",
}
KINDS = ("verified", "wrong", "short", "reset", "timed_out", "refused", "lost")


def exhaust(kind: str, **options: Any) -> LoadResult:
    """What an engine counted when it had sent all that it was to send."""
    options = {"payload_bytes": 64, "timeout_ns": 1_500_000_000} | options
    with Engine(Load(**options), kind=kind) as engine:
        engine.start()
        engine.exhaust()
        engine.finish()
        return engine.totals()


def counted(result: LoadResult) -> dict[str, int]:
    return {name: getattr(result, name) for name in KINDS if getattr(result, name)}


def as_logged(log: dict[str, int]) -> dict[str, int]:
    """What the engine must have counted, by what the server did."""
    counts: dict[str, int] = {}
    for action, name in COUNTED_AS.items():
        if log.get(action):
            counts[name] = counts.get(name, 0) + log[action]
    return counts


@pytest.mark.parametrize("action", ["alter", "shift", "truncate", "reset"])
@pytest.mark.parametrize("connections", [1, 4])
def test_every_tenth_message_that_fares_badly_is_counted(
    kind: str, start_faulty: Callable[..., Any], action: str, connections: int
) -> None:
    server = start_faulty(faults={str(n): action for n in range(10, 201, 10)})
    result = exhaust(kind, port=server.port, connections=connections, messages=200)
    assert counted(result) == {"verified": 180, COUNTED_AS[action]: 20}
    assert server.log() == {"accepted": ANY, "messages": 200, "echo": 180, action: 20}
    assert result.sent == 200


def test_a_strangers_reply_is_wrong_though_somebody_sent_it(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty(faults={str(n): "stranger" for n in range(20, 201)})
    result = exhaust(kind, port=server.port, connections=4, messages=200)
    log = server.log()  # a message for which there is no stranger yet is echoed
    assert log["stranger"] > 0
    assert counted(result) == as_logged(log)


@pytest.mark.parametrize("action", ["drop", "stall"])
def test_a_reply_that_never_comes_is_timed_out(kind: str, start_faulty: Callable[..., Any], action: str) -> None:
    server = start_faulty(faults={"11": action, "12": action, "13": action, "14": action})
    result = exhaust(kind, port=server.port, connections=4, messages=40)
    assert counted(result) == as_logged(server.log()) == {"verified": 36, "timed_out": 4}


def test_all_faults_at_once_are_told_apart(kind: str, start_faulty: Callable[..., Any]) -> None:
    plan = {5: "alter", 8: "truncate", 13: "reset", 17: "drop", 20: "stranger", 22: "alter", 24: "shift", 30: "reset"}
    server = start_faulty(faults={str(n): action for n, action in plan.items()})
    result = exhaust(kind, port=server.port, connections=3, messages=60)
    assert counted(result) == as_logged(server.log())
    assert {name: n for name, n in counted(result).items() if name not in ("verified", "wrong")} == {
        "short": 1,
        "reset": 2,
        "timed_out": 1,
    }
    assert result.wrong >= 3  # and the stranger's, where there was one


@pytest.mark.parametrize("action", ["alter", "truncate", "reset"])
def test_what_else_was_in_flight_is_lost(kind: str, start_faulty: Callable[..., Any], action: str) -> None:
    """Of each connection 4 messages are echoed, the 5th fares badly when the 3 behind it have been read."""
    server = start_faulty(faults={"5": action}, each=True, withhold=3)
    result = exhaust(kind, port=server.port, connections=1, pipeline=4, messages=40)
    assert counted(result) == {"verified": 20, COUNTED_AS[action]: 5, "lost": 15}
    assert result.sent == 40
    assert server.log()["accepted"] in (5, 6)  # the last one is made anew if there is time


def test_altered_newlines_are_wrong_too(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty(payload_bytes=1, faults={"7": "alter"})
    result = exhaust(kind, port=server.port, payload_bytes=1, lines=True, connections=1, messages=10)
    assert counted(result) == {"verified": 9, "wrong": 1}


def test_faults_under_churn_are_counted(kind: str, start_faulty: Callable[..., Any]) -> None:
    server = start_faulty(faults={"3": "alter", "6": "truncate", "9": "reset"})
    result = exhaust(kind, port=server.port, connections=1, messages=20, churn=True)
    assert counted(result) == {"verified": 17, "wrong": 1, "short": 1, "reset": 1}
    assert server.log()["messages"] == 20


@pytest.mark.parametrize("churn", [False, True])
def test_a_byte_too_many_is_wrong_though_the_reply_was_whole(
    kind: str, start_faulty: Callable[..., Any], churn: bool
) -> None:
    server = start_faulty(faults={"5": "add"})
    result = exhaust(kind, port=server.port, connections=1, messages=20, churn=churn)
    assert counted(result) == {"verified": 19, "wrong": 1}


def test_open_loop_counts_each_message_once(kind: str, start_faulty: Callable[..., Any]) -> None:
    """One at a time on its connection, since the server answers before the next is due."""
    server = start_faulty(faults={str(n): "alter" for n in range(5, 31, 5)})
    result = exhaust(kind, port=server.port, connections=1, messages=30, rate_per_s=50.0)
    assert result.verified + result.wrong + result.lost == 30
    assert result.wrong == server.log()["alter"]
    assert result.verified > 0
