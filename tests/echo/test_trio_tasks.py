"""What trio takes for the time of its run, and gives back."""

import os
import signal
import socket

import pytest

from concur.echo.contract import Service, Stop


@pytest.fixture
def stop_requested() -> Stop:
    stop = Stop()
    stop.request()
    return stop


def test_the_wake_up_descriptor_is_lent_and_comes_back_without_a_word(stop_requested: Stop) -> None:
    trio_tasks = pytest.importorskip("concur.echo.trio_tasks")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing)
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            trio_tasks.serve(listener, stop_requested, Service())
    finally:
        after = signal.set_wakeup_fd(before)
        stop_requested.close()
        os.close(reading)
        os.close(writing)
    assert after == writing
