import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.load.drive import native_command
from concur.load.payload import PERIOD, make_table, payload, start_of

seeds = st.integers(0, 2**63 - 1)
offsets = st.integers(0, 10**7)


def test_period_is_prime_so_that_no_message_size_divides_it() -> None:
    assert all(PERIOD % divisor for divisor in range(2, 256))


@given(seeds, st.integers(0, 10**6), offsets, st.integers(0, 5000), st.integers(0, 5000))
def test_stream_is_the_same_however_it_is_cut(seed: int, connection: int, offset: int, one: int, two: int) -> None:
    whole = payload(seed, connection, offset, one + two)
    assert payload(seed, connection, offset, one) + payload(seed, connection, offset + one, two) == whole


@given(seeds)
def test_no_byte_is_a_newline(seed: int) -> None:
    assert b"\n" not in make_table(seed, 100)


@given(seeds, st.integers(1, PERIOD - 1), offsets)
def test_a_strangers_bytes_and_a_shifted_stream_are_others(seed: int, distance: int, offset: int) -> None:
    own = payload(seed, 5, offset, 64)
    assert payload(seed, 5 + distance, offset, 64) != own
    assert payload(seed, 5, offset + distance, 64) != own


def test_no_two_of_a_periods_connections_start_at_one_place() -> None:
    starts = {start_of(9, c) for c in range(0, PERIOD, 13)}
    assert len(starts) == len(range(0, PERIOD, 13))


def test_table_goes_on_for_any_length() -> None:
    table = make_table(1, 2 * PERIOD + 7)
    assert len(table) == 3 * PERIOD + 7
    assert table[PERIOD : 2 * PERIOD] == table[:PERIOD]
    assert table[2 * PERIOD :] == table[: PERIOD + 7]


@pytest.mark.parametrize("kind", ["native"], indirect=True)
@pytest.mark.parametrize(
    ("seed", "connection", "offset", "count"),
    [(1, 0, 0, 64), (7, 3, 65_000, 2_000), (2**63 - 1, 70_000, 10**9, 200_000)],
)
def test_native_engine_sends_the_same_bytes(kind: str, seed: int, connection: int, offset: int, count: int) -> None:
    words = ["--payload", *map(str, (seed, connection, offset, count))]
    assert subprocess.check_output([native_command(), *words]) == payload(seed, connection, offset, count)
