"""Each planted server, measured and looked at as `concur bench --explain` does, is named for its fault.

What else the machine does can hide a fault for a moment, and never makes one: so a
server that was not understood is measured again, a few times. Where tracing is
not allowed, what needs it is skipped, with the reason.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from concur.bench import verdicts
from concur.bench.explain.causes import Cause, explain
from concur.bench.placement import place
from concur.bench.plan import Plan, Target
from concur.bench.probe.probing import probe
from concur.bench.results import Cell
from concur.bench.scenarios import Scenario, scenario
from concur.bench.trial import run_trial
from concur.interpreters.find import current

PLANTED = Path(__file__).resolve().parents[2] / "benchmarks" / "planted"
ATTEMPTS = 6
SMALL = scenario("small")


class Case(NamedTuple):
    """A server, the load that shows what is wrong with it, and what of a probe it takes to see that."""

    server: str
    load: Scenario = SMALL
    engine: str | None = None
    copies: int = 1
    needs: str = ""


CASES = {
    Cause.NONE: Case("healthy"),
    Cause.GIL: Case("gil_convoy", structs.replace(SMALL, placement="shared"), needs="waiting"),
    Cause.WAKE_UPS: Case("callbacks", scenario("one")),
    Cause.ALLOCATOR: Case("allocator"),
    Cause.SMALL_READS: Case("small_reads", needs="system_calls"),
    Cause.BLOCKING_CALL: Case("blocking_call", needs="waiting"),
    Cause.ACCEPT_IMBALANCE: Case("accept_imbalance", copies=2),
    Cause.ENGINE: Case("callbacks", engine="python"),  # which costs twice what this server does
    Cause.GARBAGE_COLLECTION: Case("garbage_collection", needs="collections"),
    Cause.SLOW_PEER: Case("slow_peer", structs.replace(SMALL, stuck_peers=1), needs="waiting"),
}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def target(case: Case) -> Target:
    path = PLANTED / f"{case.server}.py"
    kind, name = ("own", str(path)) if path.exists() else ("model", case.server)
    return Target(kind=kind, name=name, interpreter=current())


def look(case: Case) -> Cell:
    """One timed trial and one probe."""
    server, placement = target(case), place(case.load.placement, needs_target=case.copies)
    plan = Plan(targets=[server], scenarios=[case.load], duration_s=0.5, warmup_s=0.2, engine=case.engine)
    trial = run_trial(server, case.load, placement, plan, 1, lambda _stage: None)
    assert trial.verdict in ("ok", "engine-bound"), (trial.reason, trial.stderr)
    cell = Cell(
        model=case.server,
        topology="1",
        interpreter=server.interpreter.short,
        scenario=case.load.name,
        label=case.server,
        trials=[trial],
    )
    verdicts.summarise(cell)
    cell.probe = probe(server, case.load, placement, plan)
    return cell


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("cause", CASES, ids=lambda cause: cause.value or "healthy")
def test_the_fault_is_named(cause: Cause) -> None:
    case = CASES[cause]
    told = []
    for _ in range(ATTEMPTS):
        cell = look(case)
        assert cell.probe
        told.append(explain(cell, case.load))
        if told[-1].cause == cause:
            return
        if case.needs and not getattr(cell.probe, case.needs):
            pytest.skip("; ".join(cell.probe.missing))
    pytest.fail("\n".join(one.sentence for one in told))


def test_every_planted_server_is_tried() -> None:
    servers = {path.stem for path in PLANTED.glob("*.py")} - {"faulty_loop"}
    assert servers == {case.server for case in CASES.values()} - {"callbacks"}
    assert set(CASES) == set(Cause) - {Cause.NOT_EXPLAINED}


@pytest.mark.parametrize("path", sorted(PLANTED.glob("*.py")), ids=lambda path: path.stem)
def test_each_says_what_is_wrong_with_it(path: Path) -> None:
    first = path.read_text().partition("\n")[0]
    assert first.startswith(('"""The fault: ', '"""Nothing is wrong here: ', '"""What the planted servers'))
