"""One trial over real processes: right ones, and each way of being wrong."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from concur.bench import target as targets
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.results import Trial
from concur.bench.scenarios import Scenario, scenario
from concur.bench.target import RunningTarget
from concur.bench.trial import SLICE_NS, fewer_connections, load_of, run_trial, warm_up, whole_slices
from concur.interpreters.find import current
from concur.load.drive import Engine
from concur.load.plan import LoadResult, Slice

SERVERS = Path(__file__).parent / "servers"
FREE = Placement(name="free", target=None, engine=None, allotted=1)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def measure(target: Target, load: Scenario | None = None) -> Trial:
    load = load or msgspec.structs.replace(scenario("small"), connections=4)
    plan = Plan(targets=[target], scenarios=[load], duration_s=0.3, warmup_s=0.2, timeout_s=1.0)
    stages: list[str] = []
    trial = run_trial(target, load, FREE, plan, 1, stages.append)
    assert stages[0] == "start"
    return trial


def own(name: str) -> Target:
    return Target(kind="own", name=str(SERVERS / f"{name}.py"), interpreter=current())


def test_a_trial_counts_what_the_target_did():
    trial = measure(Target(kind="model", name="threads", interpreter=current()))
    assert trial.verdict in ("ok", "engine-bound")
    assert trial.load
    assert trial.load.verified > 0
    assert trial.counters
    assert trial.counters.cpu_ns > 0
    assert trial.server_busy
    assert trial.ready["version"] == trial.end["observed"]["version"]
    assert trial.end["usage"]["user_s"] >= 0
    assert trial.warmup_slices
    assert trial.warmup
    assert trial.warmup.levels_per_s[0] > 0


def test_a_dosed_trial_sends_lines():
    load = Scenario(name="cpu", shows="", connections=2, payload_bytes=64, cpu_units=2)
    trial = measure(Target(kind="model", name="coroutines", interpreter=current()), load)
    assert trial.verdict in ("ok", "engine-bound")


def test_a_server_that_lies_is_wrong():
    trial = measure(own("lies"), msgspec.structs.replace(scenario("small"), connections=1))
    assert trial.verdict == "wrong"
    assert "differed" in trial.reason


def test_a_server_that_dies_has_failed_and_its_last_words_are_kept():
    trial = measure(own("dies"), msgspec.structs.replace(scenario("small"), connections=1))
    assert trial.verdict == "failed"
    assert "status 3" in trial.reason
    assert "the last words" in trial.stderr


def test_what_was_measured_before_a_bad_end_is_kept(monkeypatch):
    monkeypatch.setattr(targets, "GRACE_S", 0.2)
    monkeypatch.setattr(targets, "AFTER_GRACE_S", 0.2)
    trial = measure(own("stays"), msgspec.structs.replace(scenario("small"), connections=1))
    assert trial.verdict == "failed"
    assert "ignored SIGTERM" in trial.reason
    assert trial.load
    assert trial.load.verified > 0


@pytest.mark.parametrize(
    ("most", "connections", "idle", "expected"),
    [(None, 64, 0, None), (1, 64, 0, 1), (64, 64, 0, None), (60, 50, 20, 60)],
)
def test_a_target_gets_no_more_connections_than_it_serves(most, connections, idle, expected):
    target = Target(kind="model", name="x", interpreter=current(), max_active=most)
    load = Scenario(name="x", shows="", connections=connections, idle=idle)
    assert fewer_connections(target, load) == expected


@pytest.mark.parametrize(
    ("most", "active", "idle"), [(None, 50, 5000), (32, 32, 0), (1000, 50, 950), (1, 1, 0), (6000, 50, 5000)]
)
def test_a_target_that_serves_few_gets_the_active_ones_first(most, active, idle):
    target = Target(kind="model", name="x", interpreter=current(), max_active=most)
    where = cast(RunningTarget, SimpleNamespace(host="127.0.0.1", port=1))
    load = load_of(where, target, scenario("idle"), Plan(targets=[target], scenarios=[]))
    assert (load.connections, load.idle) == (active, idle)


# The warm-up


class Slices:
    """An engine that has these slices to tell."""

    def __init__(self, verified: list[int]) -> None:
        self.verified = verified

    def slices(self) -> Iterator[Slice]:
        return (Slice(at_ns=number * SLICE_NS, verified=each) for number, each in enumerate(self.verified))


def warmed_up(verified: list[int], bound_s: float) -> tuple[int, bool]:
    slices, is_steady = warm_up(cast(Engine, Slices(verified)), bound_s)
    return len(slices), is_steady


def test_a_warm_up_ends_as_soon_as_the_rate_is_steady_whatever_its_bound():
    assert warmed_up([100] * 100, 0.5) == warmed_up([100] * 100, 5.0) == (10, True)


def test_a_warm_up_goes_on_until_the_rate_is_steady():
    slices, is_steady = warmed_up([100 + 20 * each for each in range(20)] + [500] * 30, 2.0)
    assert is_steady
    assert slices > 20


def test_a_warm_up_that_never_gets_steady_ends_at_its_bound_and_says_so():
    assert warmed_up([50, 100] * 50, 2.0) == (40, False)


@pytest.mark.parametrize(("window_ns", "expected"), [(3 * SLICE_NS, [1, 2, 3, 4]), (3 * SLICE_NS - 1, [1, 2, 3])])
def test_a_last_slice_that_the_window_cut_short_is_left_out(window_ns: int, expected: list[int]):
    load = cast(LoadResult, SimpleNamespace(window_ns=window_ns, slices=[Slice(0, each) for each in (2, 3, 4)]))
    assert whole_slices([Slice(0, 1)], load, SLICE_NS) == expected
