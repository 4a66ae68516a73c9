"""Ctrl-C drains as SIGTERM does, also where a library has plans of its own for it."""

import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from concur.catalog import Model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget


def test_an_interrupt_drains(
    model: Model, start_target: "StartTarget", exchange: "Exchange", hear_out: Callable[[socket.socket], bytes]
) -> None:
    target = start_target(model.id)
    with target.connect() as connection:
        assert exchange(connection, [b"before"]) == b"before"
        connection.sendall(b"after")
        target.process.send_signal(signal.SIGINT)
        assert hear_out(connection) == b"after"
        words = target.last_words()
    assert (words["accepted"], words["forced"]) == (1, 0)
