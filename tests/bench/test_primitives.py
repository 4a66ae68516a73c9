from pathlib import Path
from typing import Any

import msgspec
import pytest

from concur.bench import primitives
from concur.bench.primitives import Column, Primitive, measure, read, suite, why_not
from concur.errors import MachineError, TargetError
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current

ROOT = Path(__file__).resolve().parents[2]
SOON = ("--benchmark-max-time=0.0005", "--benchmark-min-rounds=1", "--benchmark-warmup=off")
OUTCOMES = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="test_switch" name="test_function_call"><properties><property name="group" value="switch"/>
</properties></testcase>
<testcase classname="test_spawn" name="test_greenlet"><properties><property name="group" value="spawn"/></properties>
<skipped type="pytest.skip" message="needs greenlet">conftest.py:68: needs greenlet</skipped></testcase>
<testcase classname="test_spawn" name="test_thread"><failure message="RuntimeError: no&#10;more">…</failure></testcase>
<testcase classname="test_spawn" name="test_process"/>
</testsuite></testsuites>"""
FIGURES = {
    "machine_info": {},
    "benchmarks": [
        {
            "name": "test_function_call",
            "fullname": "test_switch.py::test_function_call",
            "stats": {"median": 2e-5, "q1": 1e-5, "q3": 4e-5, "rounds": 7, "iterations": 1},
            "extra_info": {"steps": 1000},
        }
    ],
}


def of(found: list[Primitive], name: str) -> Primitive:
    return next(one for one in found if one.name == name)


# Reading


def test_a_figure_is_for_one_step() -> None:
    one = of(read(msgspec.json.encode(FIGURES), OUTCOMES), "function call")
    assert (one.verdict, one.group, one.rounds, one.steps) == ("ok", "switch", 7, 1000)
    assert one.median_ns == pytest.approx(20)
    assert one.quartiles_ns == pytest.approx((10, 40))


def test_what_was_skipped_is_absent_with_the_reason_and_has_its_group() -> None:
    one = of(read(msgspec.json.encode(FIGURES), OUTCOMES), "greenlet")
    assert (one.verdict, one.reason, one.group, one.median_ns) == ("absent", "needs greenlet", "spawn", None)


def test_what_raised_has_failed_with_the_first_line() -> None:
    one = of(read(msgspec.json.encode(FIGURES), OUTCOMES), "thread")
    assert (one.verdict, one.reason) == ("failed", "RuntimeError: no")


def test_a_test_that_measured_nothing_has_failed() -> None:
    assert of(read(msgspec.json.encode(FIGURES), OUTCOMES), "process").verdict == "failed"


def test_without_any_figures_the_reasons_are_read_still() -> None:
    assert of(read(b"", OUTCOMES), "greenlet").reason == "needs greenlet"


@pytest.mark.parametrize(("figures", "outcomes"), [(b"{", OUTCOMES), (b"[]", OUTCOMES), (b"", "<testsuites>")])
def test_rubbish_is_an_error(figures: bytes, outcomes: str) -> None:
    with pytest.raises(TargetError, match="cannot be read"):
        read(figures, outcomes)


# Running


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    """A suite with nothing in it yet."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in ("conftest.py", "pytest.ini"):
        (folder / name).write_bytes((primitives.SUITE / name).read_bytes())
    return folder


def made(benchmarks: Path, text: str) -> Column:
    (benchmarks / "test_it.py").write_text(f"import os, pytest\nSTEPS = 10\n{text}")
    return measure(current(), benchmarks, SOON)


def test_a_suite_becomes_a_column(benchmarks: Path) -> None:
    column = made(
        benchmarks,
        "def test_sum_of_few(benchmark):\n    benchmark(sum, range(9))\n"
        "def test_other(benchmark, need):\n    need('nowhere_to_be_had')\n",
    )
    assert (column.verdict, column.has_failed) == ("ok", False)
    assert of(column.primitives, "sum of few").median_ns
    assert of(column.primitives, "other").reason == "needs nowhere_to_be_had"


def test_an_interpreter_that_dies_in_the_middle_has_failed(benchmarks: Path) -> None:
    column = made(benchmarks, "def test_it(benchmark):\n    benchmark(os.abort)\n")
    assert (column.verdict, column.primitives) == ("failed", [])
    assert "ended early" in column.reason
    assert "SIGABRT" in column.reason


def test_one_that_does_not_end_is_ended(benchmarks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(primitives, "LIMIT_S", 0.5)
    column = made(benchmarks, "import time\ndef test_it(benchmark):\n    benchmark(time.sleep, 99)\n")
    assert "did not end" in column.reason


def test_a_suite_without_a_benchmark_has_failed(benchmarks: Path) -> None:
    assert "no benchmark was found" in measure(current(), benchmarks, SOON).reason


def test_one_that_has_vanished_has_failed() -> None:
    gone = msgspec.structs.replace(current(), executable="/nowhere/python", environment="")
    column = measure(gone, suite())
    assert (column.verdict, column.has_failed) == ("failed", True)
    assert "cannot be started: No such file" in column.reason


def test_one_that_is_not_prepared_is_absent_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(primitives, "TOOLS", ("nowhere_to_be_had",))
    here: dict[str, Any] = {"short": "3.90", "executable": current().python}
    assert why_not(Interpreter(**here)) == "needs pytest-benchmark: concur interpreters prepare 3.90"
    assert "-m pip install pytest-benchmark" in why_not(Interpreter(**here, prefix="/here", base_prefix="/there"))
    assert why_not(Interpreter(**here, refused={"nowhere_to_be_had": "no wheel"})) == "nowhere_to_be_had: no wheel"
    assert measure(Interpreter(**here), suite()).has_failed is False


def test_why_a_library_is_not_there_is_what_its_environment_knows(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (benchmarks / "test_it.py").write_text("STEPS = 1\ndef test_it(benchmark, need):\n    need('unheard_of')\n")
    one = msgspec.structs.replace(current(), refused={"unheard_of": "no wheel, build failed"})
    assert measure(one, benchmarks, SOON).primitives[0].reason == "unheard_of: no wheel, build failed"


def test_outside_of_a_checkout_there_is_no_suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(primitives, "SUITE", tmp_path)
    with pytest.raises(MachineError, match="Run it from a checkout") as raised:
        suite()
    assert raised.value.status == 2
