"""Who is compared with whom, and what the machine's own noise forbids to say."""

from typing import Any

import numpy as np
import pytest

from concur.bench.comparing import compare, noise_floors
from concur.bench.results import Cell, Estimate, NoiseFloor
from tests.bench.trials import cell, trial


def test_ratios_are_paired_by_round():
    threads = cell("threads", [1000.0, 2000.0, 3000.0])
    other = cell("callbacks", [2000.0, 4000.0, 6000.0])
    (comparison,) = compare([threads, other], "threads")
    assert comparison.ratio.median == pytest.approx(2.0)
    assert comparison.reference == "threads"


def test_fewer_than_ten_rounds_claim_nothing():
    cells = [cell("threads", [1000.0, 1001.0, 1002.0]), cell("callbacks", [2000.0, 2001.0, 2002.0])]
    assert compare(cells, "threads")[0].verdict.startswith("needs")


def test_twelve_rounds_far_apart_are_faster():
    cells = [
        cell("threads", [1000.0 + number for number in range(12)]),
        cell("callbacks", [2000.0 + number for number in range(12)]),
    ]
    assert compare(cells, "threads")[0].verdict == "faster"


def test_another_number_of_connections_is_not_comparable():
    cells = [cell("threads", [1000.0]), cell("sequential", [900.0], connections=1)]
    comparison = compare(cells, "threads")[0]
    assert comparison.verdict == "not comparable"
    assert "1 at a time" in comparison.reason


def test_without_its_reference_nothing_is_compared():
    assert compare([cell("callbacks", [1000.0])], "threads") == []


def test_another_topology_is_not_comparable():
    cells = [
        cell("threads", [1000.0]),
        cell("threads", [1900.0], topology="2 processes", label="threads (2 processes)"),
    ]
    comparison = compare(cells, "threads")[0]
    assert (comparison.verdict, comparison.reason) == (
        "not comparable",
        "its topology is 2 processes, the reference's 1",
    )


def test_the_reference_is_of_the_first_interpreter_or_of_the_one_named():
    cells = [cell("threads", [1000.0]), cell("threads", [2000.0], interpreter="3.14")]
    for reference, interpreter in (("threads", "3.11"), ("threads@3.14", "3.14")):
        (comparison,) = compare(cells, reference)
        assert comparison.reference_interpreter == interpreter


# A/A


def logs(random: np.random.Generator, middle: float, spread: float, rounds: int) -> list[float]:
    return (middle * random.lognormal(0, spread, rounds)).tolist()  # type: ignore[no-any-return]


def floor_of(low: float, high: float) -> NoiseFloor:
    ratio = Estimate((low * high) ** 0.5, (low, high))
    return NoiseFloor(scenario="small", metric="rate", label="threads", interpreter="3.11", rounds=12, ratio=ratio)


def test_a_twin_says_by_how_much_the_same_server_differs_from_itself():
    threads = cell("threads", [1000.0, 1000.0, 1000.0])
    twin = cell("threads", [1010.0, 1020.0, 1030.0])
    (floor,) = noise_floors([cell("callbacks", [1.0] * 3), threads], [twin])
    assert (floor.label, floor.metric, floor.rounds) == ("threads", "rate", 3)
    assert floor.ratio.median == pytest.approx(1.02, rel=1e-3)
    assert floor.ratio.interval == pytest.approx((1.01, 1.03))
    assert floor.spread == pytest.approx(0.01, rel=0.05)


def test_at_a_common_rate_the_floor_is_of_latency_and_cpu():
    cells = [cell("threads", [1000.0] * 3) for _ in range(2)]
    for one in cells:
        one.trials = [trial(number, offered_per_s=1000.0, on_time=1.0) for number in (1, 2, 3)]
    assert [floor.metric for floor in noise_floors(cells[:1], cells[1:])] == ["p99", "cpu"]


def test_a_twin_that_was_never_measured_has_no_floor():
    assert noise_floors([cell("threads", [1000.0])], [cell("threads", [])]) == []


def test_a_difference_wholly_within_the_noise_floor_is_none():
    threads = cell("threads", [1000.0 + number for number in range(12)])
    other = cell("callbacks", [1030.0 + number for number in range(12)])
    assert compare([threads, other], "threads")[0].verdict == "faster"
    assert compare([threads, other], "threads", [floor_of(0.98, 1.01)])[0].verdict == "faster"
    assert compare([threads, other], "threads", [floor_of(0.95, 1.01)])[0].verdict == "no difference found"


def of_rates(model: str, rates: list[float]) -> Cell:
    """As `cell`, without its summary, which takes long."""
    trials = [trial(number, rate) for number, rate in enumerate(rates, 1)]
    named: dict[str, Any] = {"topology": "1", "interpreter": "3.11", "scenario": "small", "label": model}
    return Cell(model=model, trials=trials, verdict="ok", **named)


def verdicts_of_equals(random: np.random.Generator) -> list[str]:
    """Of 20 comparisons with one reference, each with noise of its own, beside the reference's twin."""
    reference, twin = (of_rates("threads", logs(random, 1e6, 0.12, 12)) for _ in "ab")
    others = [of_rates(f"model {number}", logs(random, 1e6, 0.12, 12)) for number in range(20)]
    floors = noise_floors([reference], [twin])
    return [one.verdict for one in compare([reference, *others], "threads", floors)]


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_whole_matrix_of_equals_has_at_most_one_verdict() -> None:
    random, runs = np.random.default_rng(21), 200
    claims = [[each for each in verdicts_of_equals(random) if each in ("faster", "slower")] for _ in range(runs)]
    assert sum(len(each) > 1 for each in claims) <= 0.05 * runs
