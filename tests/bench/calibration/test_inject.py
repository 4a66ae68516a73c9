import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from concur import catalog
from concur.bench.calibration import inject
from concur.bench.calibration.inject import Counts, Injector, Orders, library, spin_ns
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.target import RunningTarget, launch
from concur.catalog import missing
from concur.errors import MachineError, TargetError
from concur.interpreters.find import current
from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs Linux's LD_PRELOAD")

MESSAGES = 200
# Blocking calls, a reactor, asyncio's own transports, a forked child for each connection, C code of its own.
MODELS = ["threads", "callbacks", "asyncio_protocol", "processes", "uvloop_protocol"]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "a page"


@contextmanager
def served(injector: Injector, model: str = "callbacks") -> Iterator[RunningTarget]:
    target = injector.into(Target(kind="model", name=model, interpreter=current()))
    with launch(target, Launch()) as running:
        yield running
        running.stop()


def all_of(running: RunningTarget, messages: int = MESSAGES, timeout_ns: int = 5_000_000_000) -> LoadResult:
    load = Load(host=running.host, port=running.port, connections=4, messages=messages, timeout_ns=timeout_ns)
    with Engine(load) as engine:
        engine.start()
        engine.exhaust()
        engine.finish()
        return engine.totals()


@pytest.mark.parametrize("model", MODELS)
def test_every_message_of_a_model_is_seen_and_none_is_changed(page: Path, model: str) -> None:
    if reason := missing(catalog.model(model)):
        pytest.skip(reason)
    injector = Injector(page)
    with served(injector, model) as running:
        result = all_of(running)
    counts = injector.counts()
    assert (result.verified, result.wrong) == (MESSAGES, 0)
    assert (counts.received, counts.sent, counts.lost) == (MESSAGES, MESSAGES, 0)
    injector.check(MESSAGES)


def test_each_nth_reply_is_lost_and_no_other(page: Path) -> None:
    injector = Injector(page, Orders(lose_every=20))
    with served(injector) as running:
        result = all_of(running, timeout_ns=200_000_000)
    assert injector.counts().lost == MESSAGES // 20
    assert result.verified == MESSAGES - MESSAGES // 20
    assert result.timed_out == MESSAGES // 20


def test_the_computation_is_timed_in_some_messages_and_takes_its_turns(page: Path) -> None:
    injector = Injector(page, Orders(spins=100_000))
    with served(injector) as running:
        all_of(running)
    counts = injector.counts()
    assert counts.samples == MESSAGES // 64
    assert counts.sampled_ns > counts.samples * 10_000  # of a thread's own CPU clock: a turn is never under 0.1 ns


def test_each_send_waits_for_the_delay(page: Path) -> None:
    injector = Injector(page, Orders(delay_ns=100_000))
    with served(injector) as running:
        all_of(running)
    counts = injector.counts()
    assert counts.delays == MESSAGES
    assert counts.delayed_ns >= MESSAGES * 100_000


def test_stalls_come_at_most_once_in_their_span(page: Path) -> None:
    injector = Injector(page, Orders(stall_every_ns=3_600_000_000_000, stall_ns=1_000_000))
    with served(injector) as running:
        all_of(running)
    assert injector.counts().stalls == 0  # the first send starts the clock


def test_a_stall_is_as_long_as_told(page: Path) -> None:
    injector = Injector(page, Orders(stall_every_ns=1, stall_ns=100_000))
    with served(injector) as running:
        all_of(running)
    counts = injector.counts()
    assert counts.stalls == MESSAGES - 1
    assert counts.stalled_ns >= counts.stalls * 100_000


def test_orders_change_while_it_runs(page: Path) -> None:
    injector = Injector(page)
    with served(injector) as running:
        all_of(running)
        before = injector.counts()
        injector.order(Orders(delay_ns=1_000))
        all_of(running)
    assert before.delays == 0
    assert injector.counts().minus(before).delays == MESSAGES


def test_what_the_library_did_not_see_is_an_error(page: Path) -> None:
    with pytest.raises(TargetError, match="saw 0"):
        Injector(page).check(1)


def test_a_program_without_a_page_is_left_alone(tmp_path: Path) -> None:
    env = {"LD_PRELOAD": str(library()), "CONCUR_INJECT": str(tmp_path / "there is none")}
    target = Target(kind="model", name="callbacks", interpreter=current(), env=env)
    with launch(target, Launch()) as running:
        assert all_of(running).verified == MESSAGES


def test_a_turn_takes_time() -> None:
    assert spin_ns() > 0


def test_counts_are_between_two_readings() -> None:
    assert Counts(*[3] * 9).minus(Counts(*[1] * 9)) == Counts(*[2] * 9)


def test_elsewhere_nothing_is_injected(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(MachineError, match="LD_PRELOAD"):
        Injector(page)


def test_the_library_compiles_without_a_warning(tmp_path: Path) -> None:
    source = Path(inject.__file__).with_name("inject.c")
    options = ["-O2", "-std=gnu11", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    command = ["cc", *options, str(source), "-o", str(tmp_path / "inject.so"), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_target_alone_gets_the_library(page: Path) -> None:
    Injector(page)
    assert "CONCUR_INJECT" not in os.environ
