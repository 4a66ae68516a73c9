"""Targets that take turns: who is sent what when, that nothing is lost, and that nobody is left."""

from collections.abc import Callable

import msgspec
import psutil
import pytest

from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.scenarios import scenario
from concur.bench.turns import Player, take_turns, why_not
from concur.interpreters.find import current

FREE = Placement(name="free", target=None, engine=None, allotted=2)
SMALL = msgspec.structs.replace(scenario("small"), connections=4)


def model(name: str) -> Target:
    return Target(kind="model", name=name, interpreter=current())


def plan(*targets: Target, turns: int = 3) -> Plan:
    return Plan(targets=list(targets), scenarios=[SMALL], duration_s=0.3, warmup_s=0.1, turns=turns)


def test_each_has_all_parts_of_its_window_and_nothing_is_lost():
    targets = [model("callbacks"), model("threads")]
    told: list[tuple[str, str]] = []

    def teller(name: str) -> Callable[[str], None]:
        return lambda stage: told.append((name, stage))

    players = [Player(each, FREE, teller(each.name)) for each in targets]
    trials = take_turns(players, SMALL, plan(*targets), 1)
    for trial in trials:
        assert trial.load
        assert (trial.verdict, trial.reason) == ("ok", "") or trial.verdict == "engine-bound"
        assert trial.load.window_ns == 300_000_000
        assert trial.load.verified > 0
        assert trial.counters
        assert trial.counters.cpu_ns > 0
        assert trial.end["left"] == {"threads": 0, "descriptors": 0, "children": 0, "connections": 0}
    windows = [name for name, stage in told if stage == "window"]
    assert all(set(windows[at : at + 2]) == {"callbacks", "threads"} for at in (0, 2, 4))
    assert not psutil.Process().children()


def test_a_target_that_fails_ends_alone(tmp_path):
    (tmp_path / "dies.py").write_text("def serve(listener, stop, service):\n    raise SystemExit(3)\n")
    dies = Target(kind="own", name=str(tmp_path / "dies.py"), interpreter=current())
    targets = [dies, model("callbacks")]
    failed, healthy = take_turns([Player(each, FREE, lambda _: None) for each in targets], SMALL, plan(*targets), 1)
    assert failed.verdict == "failed"
    assert healthy.load
    assert healthy.verdict in ("ok", "engine-bound")


def test_an_interruption_leaves_nobody():
    def interrupt(stage: str) -> None:
        if stage == "window":
            raise KeyboardInterrupt

    targets = [model("callbacks"), model("threads")]
    with pytest.raises(KeyboardInterrupt):
        take_turns([Player(each, FREE, interrupt) for each in targets], SMALL, plan(*targets), 1)
    assert not psutil.Process().children()


def test_what_cannot_be_stopped_and_continued_takes_no_turns():
    asked = plan(model("threads"))
    assert why_not(asked, SMALL, 2) == ""
    assert "closed loop" in why_not(asked, scenario("steady"), 2)
    assert "closed loop" in why_not(asked, scenario("churn"), 2)
    assert "time out" in why_not(asked, SMALL, 40)
