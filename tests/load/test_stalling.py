import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.load.selfcheck import server
from concur.load.stalling import PAUSE_NS, SERVICE_NS, latency_quantile_ns


def test_closed_loop_hides_the_pause_up_to_one_in_500() -> None:
    assert latency_quantile_ns(0.99, None) == SERVICE_NS
    assert latency_quantile_ns(0.998, None) == SERVICE_NS
    assert latency_quantile_ns(1.0, None) == SERVICE_NS + PAUSE_NS


def test_open_loop_at_450_per_second_has_the_published_p99() -> None:
    """195 ms in the 0x3f blog's measurement; the sixth largest of a cycle."""
    gain_ns = 1e9 / 450 - SERVICE_NS
    assert latency_quantile_ns(0.99, 450.0) == pytest.approx(PAUSE_NS + SERVICE_NS - 6 * gain_ns, abs=1)
    assert latency_quantile_ns(0.99, 450.0) == pytest.approx(195_000_000, rel=0.01)


def test_open_loop_agrees_with_a_simulation_message_by_message() -> None:
    free_ns, latencies = 0, []
    for number in range(1, 2001):
        due_ns = int(number * 1e9 / 450)
        free_ns = max(free_ns, due_ns) + SERVICE_NS
        if number > 500:
            latencies.append(free_ns - due_ns)
        if number % 500 == 0:
            free_ns += PAUSE_NS
    latencies.sort()
    for quantile in (0.5, 0.9, 0.99, 1.0):
        simulated = latencies[max(int(quantile * len(latencies)) - 1, 0)]
        assert latency_quantile_ns(quantile, 450.0) == pytest.approx(simulated, rel=0.001)


@given(st.floats(0, 1), st.floats(0, 1))
def test_quantiles_grow(one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert latency_quantile_ns(low, 450.0) <= latency_quantile_ns(high, 450.0)


def test_server_echoes_one_connection_after_another() -> None:
    with server([sys.executable, "-m", "concur.load.stalling"], None) as port:
        for number in range(2):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                message = bytes([65 + number]) * 64
                connection.sendall(message)
                assert connection.recv(64, socket.MSG_WAITALL) == message
