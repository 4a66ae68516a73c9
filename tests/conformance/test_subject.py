"""A server is looked at from outside, with all its descendants, and ends with what started it."""

from collections.abc import Callable

import pytest

from concur.bench.plan import Target
from concur.conformance.peers import Crowd
from concur.conformance.process import Census
from concur.conformance.subject import Subject, why_it_does_not_start
from concur.errors import TargetError

Make = Callable[[str], Target]


def test_only_a_command_knows_of_no_dose_and_gives_no_report(own: Make, command: Make):
    server, other = Subject(own("threaded")), Subject(command("exits_0_on_a_port_in_use"))
    assert (server.has_dose, server.has_report) == (True, True)
    assert (other.has_dose, other.has_report) == (False, False)
    assert not Subject(own("threaded"), dosed=False).has_dose


def test_a_census_counts_threads_and_descriptors(own: Make):
    with Subject(own("threaded")).start() as server:
        before = server.census_at_rest()
        assert before.processes == 1
        peers = server.peers(3)
        assert Crowd(peers, b"hello").hear(server.patience, leave=False) == 3
        during = server.census_at_rest()
        assert (during.threads - before.threads, during.descriptors - before.descriptors) == (3, 3)
        for peer in peers:
            peer.socket.close()
        assert server.census_within(before) == before


def test_what_is_more_in_one_thing_is_not_within():
    assert Census(1, 2, 3).is_within(Census(1, 2, 3))
    assert not Census(1, 2, 4).is_within(Census(2, 3, 3))


def test_a_report_is_read_after_the_end(own: Make):
    with Subject(own("threaded")).start() as server:
        server.ask_to_stop()
        ending = server.ending()
    assert (ending.status, ending.report["event"]) == (0, "end")


def test_one_that_does_not_end_has_no_status(own: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("concur.conformance.process.AFTER_GRACE_S", 0.1)
    with Subject(own("ignores_sigterm")).start(grace_s=0.1) as server:
        assert server.peer().exchange([b"hello"]) == b"hello"  # by now it has set its mind
        server.ask_to_stop()
        ending = server.ending()
        assert server.is_alive
    assert ending.status is None
    assert "was running still" in ending.words


def test_what_is_said_while_it_is_paused_is_answered_afterwards(own: Make):
    with Subject(own("threaded")).start() as server:
        peer = server.peer()
        with server.paused():
            peer.say(b"hello")
            assert peer.at_hand() == b""
        assert peer.hear(5) == b"hello"


def test_memory_and_time_are_those_of_the_whole_tree(own: Make):
    with Subject(own("threaded")).start() as server:
        assert server.memory_bytes() > 2**20
        assert server.cpu_s() > 0
    assert (server.memory_bytes(), server.cpu_s(), server.census()) == (0, 0, Census(0, 0, 0))


def test_it_holds_its_port(own: Make):
    with Subject(own("threaded")).start() as server:
        assert server.holds_its_port()


def test_what_starts_has_no_reason_not_to(own: Make):
    assert why_it_does_not_start(Subject(own("threaded"))) == ""


def test_a_server_that_does_not_come_up_within_its_limits_is_told(own: Make):
    with pytest.raises(TargetError, match="did not start"), Subject(own("threaded")).start(descriptors=4):
        raise AssertionError("it cannot have started")
