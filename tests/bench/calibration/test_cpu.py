import pytest

from concur.bench.calibration.cpu import _verdict_row
from concur.bench.results import Comparison, Estimate


def said(verdict: str, middle: float, low: float, high: float) -> Comparison:
    return Comparison(
        label="x", interpreter="3.11", reference="y", scenario="small", metric="rate",
        ratio=Estimate(middle, (low, high)), verdict=verdict,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("share", "comparison", "recovered"),
    [
        (0.0, said("no difference found", 1.0, 0.98, 1.02), True),
        (0.0, said("slower", 0.97, 0.96, 0.98), False),
        (0.01, said("no difference found", 0.995, 0.97, 1.02), True),
        (0.01, said("slower", 0.985, 0.975, 0.995), True),
        (0.01, said("faster", 1.02, 1.01, 1.03), False),
        (0.10, said("slower", 0.91, 0.89, 0.93), True),
        (0.10, said("needs 30 rounds", 0.91, 0.80, 1.02), False),
        (0.10, said("faster", 1.10, 1.05, 1.15), False),
        (0.10, None, False),
    ],
)
def test_a_verdict_is_right_where_it_is_found_or_held_back_as_the_injected_share_allows(
    share: float, comparison: Comparison | None, recovered: bool
) -> None:
    assert _verdict_row("CPU", share, comparison).recovered is recovered
