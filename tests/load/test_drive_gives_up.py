"""What a driver does not wait for: a server that is gone, an engine that does not end."""

import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from concur.errors import LoadError
from concur.load.drive import Engine
from concur.load.plan import Load

MS = 1_000_000


def test_a_server_that_is_gone_is_not_waited_for_for_ever(
    kind: str, start_faulty: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_faulty()
    monkeypatch.setattr("concur.load.drive.PATIENCE_S", 1)
    load = Load(port=server.port, connections=2, payload_bytes=64, messages=10**9, timeout_ns=100 * MS)
    with Engine(load, kind=kind) as engine:
        engine.start()
        server.process.kill()
        with pytest.raises(LoadError, match="does not end"):
            engine.exhaust()


FINISHES_ONLY = """
import sys, time
print('{"event": "connected"}', flush=True)
while "finish" not in sys.stdin.readline():
    pass
print(sys.argv[1], flush=True)
time.sleep(60)
"""


def test_an_engine_that_has_finished_and_does_not_end_is_told(
    start_faulty: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Engine(Load(port=start_faulty().port, connections=1, payload_bytes=64), kind="python") as real:
        real.start()
    said = msgspec.to_builtins(real.totals()) | {"event": "finished"}
    monkeypatch.setattr("concur.load.drive.PATIENCE_S", 1)
    engine = Engine(Load(port=1), kind="python")
    engine.command = [sys.executable, "-c", FINISHES_ONLY, json.dumps(said)]
    with pytest.raises(LoadError, match="did not end"), engine:
        pass
