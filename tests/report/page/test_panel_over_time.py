"""The rates that the picture over time is drawn of."""

from types import SimpleNamespace
from typing import cast

import pytest

from concur.bench.results import Trial
from concur.load.plan import Slice
from concur.report.page import panel_over_time

SLICE_NS = 50_000_000


def test_a_pause_between_turns_lowers_no_rate():
    begins = [0, 1, 20, 21, 40, 41]  # two slices a turn, while others have theirs
    slices = [Slice(at * SLICE_NS, 100) for at in begins]
    trial = cast(Trial, SimpleNamespace(warmup_slices=slices[:2], load=SimpleNamespace(slices=slices[2:])))
    points = panel_over_time._slices(trial)
    assert [rate for _, rate in points] == pytest.approx([2000.0] * 5)
    assert [at_s for at_s, _ in points] == pytest.approx([at * 0.05 for at in begins[:-1]])
