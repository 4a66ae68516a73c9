"""How many connections a target is given, and what is said where these are fewer or none."""

import resource

import pytest

from concur import catalog
from concur.bench.memory.levels import MOST, Room, asked, choose, descriptors, room, up_to
from concur.bench.plan import Target
from concur.errors import UsageError
from concur.interpreters.find import current

WANTED = up_to(MOST)
PLENTY = Room(1 << 20, "")


def target(model: str, **changed) -> Target:
    return Target(
        kind="model", name=model, interpreter=current(), max_active=catalog.model(model).max_active, **changed
    )


def test_levels_are_none_a_tenth_a_half_and_all():
    assert WANTED == (0, 1_000, 5_000, 10_000)
    assert asked([40]) == (0, 4, 20, 40)
    assert asked([60, 20, 40]) == (0, 20, 40, 60)


@pytest.mark.parametrize("counts", [[1], [2, 2]])
def test_two_levels_are_no_line(counts):
    with pytest.raises(UsageError, match="there is no slope"):
        asked(counts)


@pytest.mark.parametrize(
    ("model", "levels", "reason"),
    [
        ("threads", WANTED, ""),
        ("processes", (0, 50, 250, 500), "each connection is a process"),
        ("polling", (0, 100, 500, 1_000), "it serves no more at a time"),
        ("prefork", (), "at most 8 connections, as it serves no more at a time; what one costs is told from 100"),
        ("sequential", (), "at most 1 connection, "),
    ],
)
def test_each_model_is_given_what_it_serves(model, levels, reason):
    chosen = choose(target(model), WANTED, PLENTY)
    assert chosen.levels == levels
    assert reason in chosen.reason


def test_what_the_machine_allows_bounds_all():
    chosen = choose(target("threads"), WANTED, Room(924, "as no more than 1,024 descriptors are allowed"))
    assert chosen == ((0, 92, 462, 924), "as no more than 1,024 descriptors are allowed")


def test_a_few_connections_are_given_to_whoever_serves_them():
    assert choose(target("threadpool"), asked([20]), PLENTY).levels == asked([20])


def test_a_server_of_ones_own_is_given_all():
    own = Target(kind="own", name="processes", interpreter=current())
    assert choose(own, WANTED, PLENTY).levels == WANTED


def test_the_limit_of_descriptors_is_as_before_afterwards():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with descriptors(MOST) as found:
        assert found.connections > 0
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_a_limit_that_may_not_be_raised_is_a_reason(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 1_024))
    monkeypatch.setattr(resource, "setrlimit", _refuse)
    assert room() == Room(924, "as no more than 1,024 descriptors are allowed")


def _refuse(*_: object) -> None:
    raise ValueError("not allowed to raise maximum limit")
