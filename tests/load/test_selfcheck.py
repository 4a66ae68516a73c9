import socket
import sys
from pathlib import Path

import pytest

from concur.errors import MachineError
from concur.load import selfcheck
from concur.load.drive import native_command, run_load
from concur.load.plan import Load


@pytest.mark.parametrize("kind", ["native"], indirect=True)
def test_null_server_returns_every_byte_of_what_does_not_fit_its_buffer(kind: str) -> None:
    with selfcheck.server([str(native_command()), "--null-server"], None) as port:
        load = Load(port=port, connections=2, payload_bytes=3_000_000)
        result = run_load(load, warmup_s=0, duration_s=0.3)
    assert result.verified > 0
    assert result.wrong == result.lost == result.short == 0


def test_server_that_does_not_start_is_said() -> None:
    with pytest.raises(MachineError, match="status 3"), selfcheck.server([sys.executable, "-c", "exit(3)"], None):
        pytest.fail("it has no port")


@pytest.mark.parametrize("kind", ["native"], indirect=True)
def test_server_ends_with_its_context(kind: str) -> None:
    with selfcheck.server([str(native_command()), "--null-server"], None) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def costs(cpu_ns: float) -> list[tuple[float, float]]:
    return [(cpu_ns, 1.0)] * 3


@pytest.mark.parametrize(("ours_ns", "passed"), [(1240.0, True), (1260.0, False)])
def test_cost_is_judged_by_its_ratio_to_the_bare_clients(ours_ns: float, passed: bool) -> None:
    check = selfcheck._bare_check(costs(ours_ns), costs(1000.0))
    assert check.passed == passed
    assert f"{ours_ns / 1000:.2f} times" in check.seen


def test_without_a_checkout_the_bare_client_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(selfcheck, "BARE_CLIENT", tmp_path / "none")
    missing = [selfcheck._bare_cost(1)]
    check = selfcheck._bare_check([(1.0, 1.0)], missing)
    assert check.passed
    assert "skipped" in check.seen


def test_bare_clients_source_is_where_it_is_looked_for() -> None:
    assert selfcheck.BARE_CLIENT.exists()


@pytest.mark.long
@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["native"], indirect=True)
def test_engine_cost_compares_with_both(kind: str) -> None:
    checks = selfcheck.check_engine_cost()
    assert len(checks) == 3
    assert "times" in checks[0].seen
    assert "against" in checks[1].seen
    assert checks[2].seen.endswith("req/s")
