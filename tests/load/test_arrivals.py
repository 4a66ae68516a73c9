import subprocess
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.load.arrivals import due_times
from concur.load.drive import native_command

seeds = st.integers(0, 2**63 - 1)
rates = st.floats(1, 1e6)


def test_constant_arrivals_are_one_interval_apart() -> None:
    assert list(islice(due_times(1, 1000.0), 4)) == [0, 1_000_000, 2_000_000, 3_000_000]


@given(seeds, rates, st.booleans(), st.integers(0, 10**9))
def test_due_times_begin_at_zero_and_never_go_back(seed: int, rate_per_s: float, poisson: bool, ramp_ns: int) -> None:
    times = list(islice(due_times(seed, rate_per_s, poisson=poisson, ramp_ns=ramp_ns), 50))
    assert times[0] == 0
    assert all(early <= late for early, late in pairwise(times))


@given(seeds)
def test_a_ramp_sends_half_as_many_as_the_full_rate(seed: int) -> None:
    times = list(islice(due_times(seed, 1000.0, ramp_ns=1_000_000_000), 1200))
    assert sum(at < 1_000_000_000 for at in times) == 500
    assert sum(at < 500_000_000 for at in times) == 125  # a quarter of them in the first half
    assert times[1001] - times[1000] == pytest.approx(1_000_000, abs=2)


def test_poisson_arrivals_have_the_rate_and_the_spread_of_an_exponential() -> None:
    times = list(islice(due_times(3, 1000.0, poisson=True), 20_001))
    gaps = [late - early for early, late in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(1_000_000, rel=0.03)
    assert variance**0.5 == pytest.approx(mean, rel=0.03)


def test_another_seed_has_other_arrivals() -> None:
    first, second = (list(islice(due_times(seed, 1000.0, poisson=True), 10)) for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize("kind", ["native"], indirect=True)
@pytest.mark.parametrize("poisson", [False, True])
@pytest.mark.parametrize("ramp_ns", [0, 70_000_000])
def test_native_engine_has_the_same_due_times(kind: str, poisson: bool, ramp_ns: int) -> None:
    words = ["--arrivals", "42", "12345.6", "5000", str(int(poisson)), str(ramp_ns)]
    said = subprocess.check_output([native_command(), *words])
    assert list(map(int, said.split())) == list(islice(due_times(42, 12345.6, poisson=poisson, ramp_ns=ramp_ns), 5000))
