from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.results import Ending, Estimate, NoiseFloor
from concur.report.precision import endings, longer_windows, noise_floors, percent

Make = dict[str, Callable[..., Any]]


def floor(metric: str, median: float, low: float, high: float, scenario: str = "small") -> NoiseFloor:
    ratio = Estimate(median, (low, high))
    return NoiseFloor(scenario=scenario, metric=metric, label="threads", interpreter="3.11", rounds=12, ratio=ratio)


def ending(why: str, wide: int = 0, intervals: int = 7) -> Ending:
    return Ending(scenario="small", rounds=31, why=why, wide=wide, intervals=intervals)


def test_the_noise_floor_is_a_sentence_with_its_interval(make: Make) -> None:
    assert list(noise_floors(make["run"]([make["cell"]()], noise=[floor("rate", 1 / 1.018, 0.96, 1.01)]))) == [
        "In small, the same server (threads), measured twice in each of 12 rounds, differed from itself by 1.8 % "
        "(0.96–1.01×): a difference that lies wholly within is called none."
    ]


def test_the_metrics_of_a_common_rate_stand_in_one_sentence(make: Make) -> None:
    floors = [floor("p99", 1.21, 0.9, 1.6, "steady"), floor("cpu", 1.02, 0.98, 1.05, "steady")]
    (said,) = noise_floors(make["run"]([make["cell"]()], noise=floors))
    assert "by 21 % in p99 (0.90–1.60×) and 2.0 % in CPU a request (0.98–1.05×)" in said


def test_without_a_twin_nothing_is_said(make: Make) -> None:
    run = make["run"]([make["cell"]()])
    assert [*noise_floors(run), *endings(run), *longer_windows(run)] == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (ending("precise"), "small: ended after 31 rounds, every interval within 2 % of its middle."),
        (
            ending("budget", 3),
            "small: ended after 31 rounds, as the time given (10 min) is spent: 3 of 7 intervals are wider than 2 %.",
        ),
        (
            ending("bound", 3),
            "small: ended after 31 rounds, the most that are made: 3 of 7 intervals are wider than 2 %.",
        ),
        (ending("bound", 0, 0), "small: ended after 31 rounds, as nothing could be measured."),
    ],
)
def test_why_rounds_ended_is_said(make: Make, made: Ending, said: str) -> None:
    run = make["run"]([make["cell"]()], endings=[made], plan={"until": 0.02, "budget_s": 600.0})
    assert list(endings(run)) == [said]


def test_a_budget_alone_says_no_precision(make: Make) -> None:
    run = make["run"]([make["cell"]()], endings=[ending("budget")], plan={"until": None, "budget_s": 600.0})
    assert list(endings(run)) == ["small: ended after 31 rounds, as the time given (10 min) is spent."]


def test_windows_that_differ_more_than_processes_had_better_be_longer(make: Make) -> None:
    cells = [make["cell"](noise={"window": 0.12, "process": 0.03})]
    assert list(longer_windows(make["run"](cells, plan={"duration_s": 0.8}))) == [
        "In small, parts of a window (0.2 s) differ by 12 % and processes by only 3.0 % (standard deviations): "
        "longer windows narrow the intervals more than rounds do: -d 2s"
    ]
    assert list(longer_windows(make["run"](cells, plan={"duration_s": 2.0}))) == []


def test_processes_that_differ_ask_for_rounds_and_not_for_windows(make: Make) -> None:
    cells = [make["cell"](noise={"window": 0.05, "process": 0.1})]
    assert list(longer_windows(make["run"](cells, plan={"duration_s": 0.8}))) == []


@pytest.mark.parametrize(("share", "told"), [(0.018, "1.8 %"), (0.0, "0.0 %"), (0.0994, "9.9 %"), (0.127, "13 %")])
def test_a_percentage_has_two_digits(share: float, told: str) -> None:
    assert percent(share) == told
