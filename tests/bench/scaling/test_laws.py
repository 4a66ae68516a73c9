"""Scaling laws on curves whose parameters are known, and on curves that follow none."""

import numpy as np
import pytest

from concur.bench.scaling.laws import (
    BAD_FIT,
    Parameters,
    fit,
    held_out,
    laws,
    rate_at,
)

N = [1, 2, 4, 8, 16, 32, 64, 128]
ROUNDS = 10


def rounds_of(law: Parameters, noise: float = 0.03, seed: int = 1, n: list[int] = N) -> list[list[float]]:
    """Rates that follow the law but for a noise of that relative size."""
    chance = np.random.default_rng(seed)
    rates = rate_at(law, np.array(n, dtype=float))
    return [list(rate * np.exp(chance.normal(0, noise, ROUNDS))) for rate in rates]


def covers(interval: tuple[float, float] | None, value: float) -> bool:
    assert interval is not None
    return interval[0] <= value <= interval[1]


def test_a_curve_without_noise_gives_back_its_parameters():
    law = Parameters(10_000.0, 0.05, 0.0008)
    at = np.array(N, dtype=float)
    found = fit(at, rate_at(law, at))
    assert found == pytest.approx(law, rel=1e-6)


@pytest.mark.parametrize(
    "law",
    [
        Parameters(10_000.0, 0.05, 0.0008),
        Parameters(30_000.0, 0.2, 0.003),
        Parameters(500.0, 0.01, 0.0005),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_intervals_of_a_noisy_curve_hold_what_it_was_made_of(law: Parameters, seed: int):
    usl, _ = laws(N, rounds_of(law, seed=seed))
    assert usl.withheld == ""
    known = (usl.rate_of_one, usl.contention, usl.coherency, usl.peak_n)
    true = (*law, law.peak_n)
    held = [covers(one.interval, value) for one, value in zip(known, true, strict=True) if one]
    assert sum(held) >= 3  # of four intervals at 95 %, one may miss
    assert usl.peak_n
    assert usl.peak_n.median == pytest.approx(law.peak_n, rel=0.2)


def test_the_peak_is_covered_about_as_often_as_is_promised(monkeypatch):
    monkeypatch.setattr("concur.bench.scaling.laws.RESAMPLES", 200)
    law = Parameters(10_000.0, 0.05, 0.0008)
    tried = [laws(N, rounds_of(law, seed=seed))[0].peak_n for seed in range(20)]
    assert sum(covers(one.interval, law.peak_n) for one in tried if one) >= 16


def test_the_error_at_held_out_points_is_that_of_the_noise():
    usl, _ = laws(N, rounds_of(Parameters(10_000.0, 0.05, 0.0008)))
    assert usl.held_out_error is not None
    assert usl.held_out_error < 0.05
    assert usl.held_out_error <= (usl.held_out_worst or 0)


def test_held_out_points_are_the_inner_ones_each_once():
    law, at = Parameters(10_000.0, 0.05, 0.0008), np.array(N, dtype=float)
    assert len(held_out(at, rate_at(law, at), has_coherency=True)) == len(N) - 2
    few = at[:5]
    assert held_out(few, rate_at(law, few), has_coherency=True) == pytest.approx([0, 0, 0], abs=1e-6)


def test_amdahls_curve_has_no_peak_and_its_ceiling_is_found():
    law = Parameters(10_000.0, 0.1)
    usl, amdahl = laws(N, rounds_of(law))
    assert "peak" in usl.withheld
    assert usl.peak_n is None
    assert amdahl.withheld == ""
    assert amdahl.ceiling_per_s
    assert amdahl.ceiling_per_s.median == pytest.approx(100_000, rel=0.05)
    assert covers(amdahl.ceiling_per_s.interval, law.ceiling_per_s)


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_is_withheld(seed: int):
    chance = np.random.default_rng(seed)
    levels = chance.lognormal(0, 0.5, len(N)) * 10_000
    rounds = [list(level * np.exp(chance.normal(0, 0.03, ROUNDS))) for level in levels]
    for law in laws(N, rounds):
        assert law.withheld
        assert law.rate_of_one is None
        assert law.held_out_error is not None


def test_a_peak_that_could_be_anywhere_is_withheld_with_its_ends():
    usl, _ = laws(N, rounds_of(Parameters(10_000.0, 0.3, 0.00001), noise=0.15))
    assert "peak" in usl.withheld


def test_a_rate_that_does_not_change_has_no_law():
    for law in laws(N, [[1000.0, 1010.0, 990.0]] * len(N)):
        assert "hardly changes" in law.withheld


def test_a_curve_steeper_than_in_proportion_is_withheld_and_told():
    rates = [1_000.0, 12_000.0, 60_000.0, 100_000.0, 105_000.0, 110_000.0, 112_000.0, 113_000.0]
    for law in laws(N, [[rate, rate * 1.01, rate * 0.99] for rate in rates]):
        assert "off at held-out points" in law.withheld
        assert "faster than in proportion" in law.withheld
        assert (law.held_out_error or 0) > BAD_FIT


@pytest.mark.parametrize(("points", "told"), [(0, "0 points"), (1, "1 point "), (4, "4 points")])
def test_few_points_are_no_curve(points: int, told: str):
    for law in laws(N[:points], rounds_of(Parameters(10_000.0, 0.1, 0.001))[:points]):
        assert told in law.withheld


def test_one_round_gives_no_interval_and_so_no_law():
    for law in laws(N, [each[:1] for each in rounds_of(Parameters(10_000.0, 0.1, 0.001))]):
        assert "1 round gives" in law.withheld


def test_what_is_left_out_is_the_reason():
    assert [law.withheld for law in laws(N, [[1.0]] * len(N), "placed apart")] == ["placed apart"] * 2


def test_a_rate_that_only_falls_peaks_at_one():
    assert Parameters(1_000.0, 1.2, 0.01).peak_n == 1.0
    assert Parameters(1_000.0, 1.0, 0.0).peak_n == 1.0


def test_the_same_rounds_always_give_the_same_law():
    rounds = rounds_of(Parameters(10_000.0, 0.05, 0.0008))
    assert laws(N, rounds) == laws(N, rounds)
