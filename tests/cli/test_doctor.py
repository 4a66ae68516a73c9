import json
import sys
import types

import msgspec
import pytest

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
