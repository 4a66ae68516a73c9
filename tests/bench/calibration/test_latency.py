import numpy as np
import pytest

from concur.bench.calibration.latency import pause_quantile_ns


@pytest.mark.parametrize(("pause", "every"), [(100.0, 1000.0), (50.0, 250.0), (1.0, 2.0)])
@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_the_quantile_is_that_of_a_simulated_pause(pause: float, every: float, quantile: float) -> None:
    due = np.linspace(0, every, 200_001)
    waits = np.clip(pause - due, 0, None)
    assert pause_quantile_ns(quantile, pause, every) == pytest.approx(np.quantile(waits, quantile), abs=pause / 1e3)
