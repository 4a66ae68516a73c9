import json
import sys
import types
from collections.abc import Callable

import msgspec
import pytest

from concur.bench.calibration.rows import Row
from concur.cli import main


class Check(msgspec.Struct):
    name: str
    expected: str
    seen: str
    passed: bool


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["doctor", *arguments])
    return int(raised.value.code or 0)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    checks = [Check("open loop p99", "195 ms", "196 ms", True)]
    module = types.ModuleType("concur.load.selfcheck")
    module.check_coordinated_omission = lambda: checks  # type: ignore[attr-defined] # a stand-in module
    module.check_engine_cost = list  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "concur.load.selfcheck", module)
    return checks


def test_the_load_generators_checks_are_shown(checks: list[Check], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--load") == 0
    assert "expected 195 ms" in capsys.readouterr().out


def test_a_failed_check_makes_the_status_1(checks: list[Check], capsys: pytest.CaptureFixture[str]) -> None:
    checks.append(Check("closed loop p99", "1 ms", "9 ms", False))
    assert run("--load") == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    rows = [
        Row(injected="CPU + 10 %", by="CPU a request", expected="1.100", seen="1.098 (1.08–1.11)", recovered=True),
        Row(injected="CPU + 10 %", by="verdict", expected="slower", seen="slower", recovered=True),
        Row(injected="GIL held", by="probe", expected="", seen="not tried: there is no GIL", recovered=None),
    ]

    def calibrate(tell: Callable[[str], None]) -> list[Row]:
        tell("CPU, counters: 1 of 2")
        tell("CPU, counters: 2 of 2")
        return rows

    monkeypatch.setattr("concur.bench.calibration.experiments.calibrate", calibrate)
    return rows


def test_the_calibration_is_a_table_and_its_progress_is_apart(
    rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--calibrate") == 0
    out, err = capsys.readouterr()
    assert "1.098 (1.08–1.11)" in out
    assert out.count("CPU + 10 %") == 1  # once for all that should show it
    assert "not tried" in out
    assert err.splitlines() == ["CPU, counters"]


def test_what_was_not_recovered_makes_the_status_1(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    rows.append(Row(injected="stall", by="p99", expected="90 ms", seen="9 ms", recovered=False))
    assert run("--calibrate") == 1
    assert "NO" in capsys.readouterr().out


def test_the_calibration_is_json_where_asked(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--calibrate", "--json") == 0
    assert [row["recovered"] for row in json.loads(capsys.readouterr().out)] == [True, True, None]


def test_the_calibration_is_legible_at_80_columns(
    rows: list[Row], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run("--calibrate")
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "recovered" in out


def test_two_tests_of_the_measuring_are_not_mixed(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--load", "--calibrate") == 2
    assert "--calibrate" in capsys.readouterr().err


def test_findings_name_engine_and_interpreters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from concur.interpreters.describe import Interpreter

    found = [Interpreter(short="3.90", executable="/x", broken="it is broken")]
    monkeypatch.setattr("concur.interpreters.find.find", lambda: found)
    assert run("--json") == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"engine", "interpreter", "counters"} <= {finding["topic"] for finding in findings}
    assert findings[-1] == {
        "topic": "interpreter",
        "value": "3.90: it is broken (/x)",
        "verdict": "limited",
        "remedy": "",
    }
