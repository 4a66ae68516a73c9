import sys
from pathlib import Path

import msgspec
import pytest

from concur.bench.calibration import servers
from concur.bench.calibration.inject import Injector, Orders
from concur.bench.calibration.latency import HOLD_MS, STEADY, gil_holder
from concur.bench.calibration.live import live
from concur.bench.calibration.surroundings import PATIENCE_MS, STUCK
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.scenarios import scenario
from concur.bench.target import launch
from concur.bench.trial import smoke
from concur.interpreters.find import current

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="it needs Linux's LD_PRELOAD"),
    pytest.mark.long,
    pytest.mark.timeout(60),
]

SERVERS = Path(servers.__file__).parent
CALLBACKS = Target(kind="model", name="callbacks", interpreter=current())


def test_cpu_that_is_put_in_shows_in_the_counter_of_its_window_alone(tmp_path: Path) -> None:
    with live(CALLBACKS, scenario("small"), Injector(tmp_path / "page")) as alive:
        windows = [alive.window(0.3, Orders(spins=spins)) for spins in (0, 300_000, 0)]
    before, injected, after = (window.cpu_ns for window in windows)
    assert injected > 2 * max(before, after)  # 300,000 turns are ten times what a message costs
    assert [bool(window.done and window.done.received) for window in windows] == [True] * 3


def test_a_target_without_an_injector_is_measured_as_it_is() -> None:
    with live(CALLBACKS, scenario("small")) as alive:
        window = alive.window(0.2)
    assert window.done is None
    assert "LD_PRELOAD" not in CALLBACKS.env
    assert window.load.wrong == 0


def test_a_held_gil_holds_everybody_up() -> None:
    with live(gil_holder(CALLBACKS), STEADY) as alive:
        window = alive.window(1.0)
    assert window.load.latency_ns["max"] >= HOLD_MS / 2 * 1e6


def test_a_peer_that_never_reads_holds_everybody_up_where_writes_block() -> None:
    target = msgspec.structs.replace(CALLBACKS, kind="own", name=str(SERVERS / "blocking_writes.py"))
    with live(target, STUCK) as alive:
        window = alive.window(1.0)
    assert window.load.latency_ns["p50"] >= PATIENCE_MS / 2 * 1e6
    assert window.load.wrong == 0


@pytest.mark.parametrize("name", sorted(path.stem for path in SERVERS.glob("[!_]*.py")))
def test_a_server_with_a_fault_echoes_and_drains(name: str) -> None:
    target = msgspec.structs.replace(gil_holder(CALLBACKS), name=str(SERVERS / f"{name}.py"))
    with launch(target, Launch()) as running:
        smoke(running.host, running.port)
        end = running.stop()
    assert end["left"] == dict.fromkeys(end["left"], 0)
