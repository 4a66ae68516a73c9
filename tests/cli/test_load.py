import json
import signal
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from concur.cli import main
from concur.load.plan import Load, LoadResult

RESULT = LoadResult(
    engine="native", opened_ns=0, window_ns=10**9, sent=100, verified=100, wrong=0, lost=0, short=0, reset=0,
    timed_out=0, refused=0, rate_per_s=100.0, offered_per_s=None, on_time=None, backlog=0,
    latency_ns={"p50": 2e5, "p90": 3e5, "p99": 4e5, "p99.9": 5e5, "max": 6e6}, histogram=[], connect_ns={},
    send_lag_ns={}, fairness=1.0, engine_cpu_ns=10**8, slices=[],
)  # fmt: skip
STABLE = (
    "verified", "wrong", "lost", "short", "reset", "timed_out", "refused", "rate_per_s", "offered_per_s",
    "latency_ns", "engine_cpu_ns", "engine",
)  # fmt: skip


class Engine:
    """Stands in for the load generator: remembers what was asked, answers as told."""

    def __init__(self) -> None:
        self.result = RESULT
        self.asked: list[tuple[Load, float, float]] = []

    def run_load(self, load: Load, *, warmup_s: float, duration_s: float) -> LoadResult:
        self.asked.append((load, warmup_s, duration_s))
        return self.result


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    module = types.ModuleType("concur.load.drive")
    module.run_load = engine.run_load  # type: ignore[attr-defined] # a stand-in module
    monkeypatch.setitem(sys.modules, "concur.load.drive", module)
    return engine


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["load", *arguments])
    return int(raised.value.code or 0)


def test_options_become_the_load(engine: Engine) -> None:
    words = ":8000 -c 1k -d 250ms -w 0 --rate 10k --poisson --payload 64KiB --lines --idle 5 --timeout 2s --seed 7"
    assert run(*words.split()) == 0
    ((load, warmup_s, duration_s),) = engine.asked
    assert (warmup_s, duration_s) == (0.0, 0.25)
    assert load == Load(
        port=8000, connections=1000, rate_per_s=10_000.0, poisson=True, payload_bytes=65_536, lines=True, idle=5,
        timeout_ns=2_000_000_000, seed=7,
    )  # fmt: skip


def test_the_closed_loops_options_become_the_load(engine: Engine) -> None:
    assert run("host:80", "--pipeline", "4", "--think", "1ms", "--churn") == 0
    assert engine.asked[0][0] == Load(host="host", port=80, pipeline=4, think_ns=1_000_000, churn=True)


def test_json_is_one_document_with_the_stable_names(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("8000", "--json") == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert set(STABLE) <= set(document)
    assert set(document["latency_ns"]) == {"p50", "p90", "p99", "p99.9", "max"}
    assert shown.err == ""


@pytest.mark.parametrize("kind", ["wrong", "lost", "short", "reset", "timed_out", "refused"])
def test_any_error_makes_the_status_1(engine: Engine, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine.result = msgspec.structs.replace(RESULT, **{kind: 1})
    assert run("8000") == 1
    assert f"1 {kind.replace('_', ' ')}" in capsys.readouterr().out


def test_the_table_has_rate_latency_and_errors(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("8000") == 0
    shown = capsys.readouterr().out
    assert "100 req/s" in shown
    assert "p99 400 µs" in shown
    assert "max 6.00 ms" in shown
    assert "none" in shown


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"on_time": 0.9, "offered_per_s": 100.0}, "void"),
        ({"engine": "python"}, "Python engine"),
        ({"verified": 0}, "no reply"),
    ],
)
def test_doubtful_figures_are_warned_of_on_stderr(
    engine: Engine, changed: dict[str, Any], warning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.result = msgspec.structs.replace(RESULT, **changed)
    run("8000", "--json")
    assert warning in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "8000 --poisson",
        "8000 --rate 1k --churn",
        "8000 --rate 1k --pipeline 2",
        "8000 --rate 1k --think 1ms",
        "8000 -c 0",
        "8000 -d 0",
        "8000 --payload 0",
        "8000 -c 65536",
        "8000 --idle 99999999999",
        "nowhere",
    ],
)
def test_nonsense_is_refused_before_anything_is_sent(engine: Engine, words: str) -> None:
    assert run(*words.split()) == 2
    assert engine.asked == []


@pytest.fixture
def served() -> Iterator[Callable[[str], int]]:
    """Serves a model by the command line; gives its port, and sees that it drains."""
    started: list[subprocess.Popen[bytes]] = []

    def serve(model: str) -> int:
        command = [sys.executable, "-m", "concur.cli", "serve", model, "--port", "0"]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        assert started[-1].stdout is not None
        ready = json.loads(started[-1].stdout.readline())
        assert {"host", "port", "pid", "observed"} <= set(ready)
        assert ready["pid"] == started[-1].pid
        return int(ready["port"])

    yield serve
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 0


def test_a_served_model_answers_a_load(served: Callable[[str], int], capsys: pytest.CaptureFixture[str]) -> None:
    port = served("threads")
    assert run(f"127.0.0.1:{port}", "-c", "4", "-d", "200ms", "-w", "0", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verified"] > 0
    assert sum(document[kind] for kind in STABLE[1:7]) == 0


def test_serving_an_unknown_model_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["serve", "thread"])
    assert raised.value.code == 2
    assert "Did you mean threads" in capsys.readouterr().err
