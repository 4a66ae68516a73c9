from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.cli import units
from concur.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"), [("200", 200), ("10k", 10_000), ("1.5M", 1_500_000), (" 2 K ", 2_000), (".5k", 500), ("0", 0)]
)
def test_counts(text: str, value: int) -> None:
    assert units.count(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("5s", 5), ("250ms", 0.25), ("2m", 120), ("1.5", 1.5), ("20us", 2e-5), ("20µs", 2e-5), ("1h", 3600)],
)
def test_times(text: str, value: float) -> None:
    assert units.seconds(text) == value


def test_a_time_that_nobody_can_wait_for_is_too_long() -> None:
    assert units.seconds("500h") == 1_800_000
    with pytest.raises(UsageError, match=r"'500\.1h' is too long. Give 500h at most"):
        units.seconds("500.1h")


def test_nanoseconds_are_whole_and_exact() -> None:
    assert units.nanoseconds("0.3ms") == 300_000


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("100b", 100), ("1k", 1024), ("64KiB", 65_536), ("64kB", 64_000), ("1MiB", 2**20), ("0.5k", 512)],
)
def test_sizes(text: str, value: int) -> None:
    assert units.size_bytes(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("example.org:80", ("example.org", 80)),
        ("8000", ("127.0.0.1", 8000)),
        (":8000", ("127.0.0.1", 8000)),
        ("[::1]:8000", ("::1", 8000)),
    ],
)
def test_addresses(text: str, value: tuple[str, int]) -> None:
    assert units.address(text) == value


@pytest.mark.parametrize("text", ["", "host", "host:", "host:0", "host:65536", "host:-1", "host:８０"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Give HOST:PORT"):
        units.address(text)


@pytest.mark.parametrize("text", ["10q", "-5", "k", "", "1e3", "5 s s", "nan", "1_000", "٣"])
def test_a_refusal_says_what_is_accepted(text: str) -> None:
    with pytest.raises(UsageError, match=r"Give a number such as 200, 10k or 1\.5M"):
        units.number(text)


def test_parts_of_what_has_no_parts_are_refused() -> None:
    for read, text in ((units.count, "0.5"), (units.size_bytes, "0.1"), (units.rate_per_s, "0")):
        with pytest.raises(UsageError):
            read(text)


def test_too_many_digits_are_refused() -> None:
    with pytest.raises(UsageError, match="too much"):
        units.number("9" * 400)


@pytest.mark.parametrize(
    ("read", "text"), [(units.seconds, "99999999999"), (units.rate_per_s, "1G"), (units.seed, str(2**63))]
)
def test_what_no_engine_takes_is_refused_where_it_is_typed(read: Callable[[str], float], text: str) -> None:
    with pytest.raises(UsageError, match="too l|more than"):
        read(text)


@given(st.integers(0, 10**15))
def test_whole_numbers_are_themselves(value: int) -> None:
    assert units.count(str(value)) == value


@given(st.integers(0, 10**9), st.sampled_from(["k", "K", "M", "G"]))
def test_a_unit_multiplies(value: int, unit: str) -> None:
    assert units.number(f"{value}{unit}") == pytest.approx(value * units.THOUSANDS[unit])


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_usage_error(text: str) -> None:
    for read in (units.number, units.count, units.rate_per_s, units.seconds, units.size_bytes):
        with suppress(UsageError):
            assert read(text) >= 0


@pytest.mark.parametrize(("text", "value"), [("2%", 0.02), ("0.5 %", 0.005), (" 10% ", 0.1)])
def test_a_share_is_written_with_its_sign(text: str, value: float) -> None:
    assert units.share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["2", "0%", "%", "-2%", "two%", "2%%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not understood"):
        units.share(text)


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("True", True), ("1", True), ("no", False), ("off", False)])
def test_a_switch_is_yes_or_no(text: str, value: bool) -> None:
    assert units.switch(text) is value


def test_a_switch_is_nothing_else() -> None:
    with pytest.raises(UsageError, match="neither yes nor no"):
        units.switch("perhaps")
