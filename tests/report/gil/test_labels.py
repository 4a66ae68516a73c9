"""Names at the ends of lines never cover each other."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concur.report.gil.labels import spread

PLACES = st.lists(st.floats(0, 1), max_size=12).map(sorted)
ROUNDING = 1e-9


@settings(deadline=None)  # the first call imports scipy
@given(PLACES, st.floats(0.01, 0.2))
def test_places_are_apart_in_order_and_inside(places: list[float], gap: float):
    found = spread(places, gap)
    least = min(gap, 1 / max(1, len(places) - 1))
    assert len(found) == len(places)
    assert all(later - earlier >= least - ROUNDING for earlier, later in pairwise(found))
    assert all(-ROUNDING <= place <= 1 + ROUNDING for place in found)


def test_what_is_apart_already_stays():
    assert spread([0.1, 0.5, 0.9], 0.1) == pytest.approx([0.1, 0.5, 0.9])


def test_a_cluster_moves_to_both_sides():
    assert spread([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])
