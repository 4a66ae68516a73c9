import os
import sys
from collections.abc import Iterator
from functools import partial
from types import ModuleType

import pytest

from concur.gil.inside import tax


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Two workloads that note that they are done; afterwards this process may run where it did."""
    done: list[str] = []

    def work(name: str) -> None:
        done.append(name)
        sum(range(1000))

    monkeypatch.setattr(tax, "WORKLOADS", {name: partial(work, name) for name in ("one", "other")})
    monkeypatch.setattr(tax, "calls", lambda: done.append("calls"))
    before = os.sched_getaffinity(0)
    yield done
    os.sched_setaffinity(0, before)


def test_a_pass_warms_up_before_those_that_count(short: list[str]) -> None:
    answer = tax.main({"cpus": []})
    assert short == ["one", "other"] * (1 + tax.PASSES)
    assert set(answer["cpu_ns"]) == {"one", "other"}
    assert all(ns > 0 for ns in answer["cpu_ns"].values())
    assert answer["observed"]["version"]


def test_without_two_cpus_two_threads_are_left_out(short: list[str]) -> None:
    assert "two_threads_ns" not in tax.main({"cpus": [min(os.sched_getaffinity(0))]})
    assert "calls" not in short


def test_two_threads_have_all_cpus_and_the_rest_has_one(short: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = min(os.sched_getaffinity(0))
    pinned: list[list[int]] = []
    monkeypatch.setattr(tax, "pin", lambda cpus: pinned.append(list(cpus)))
    answer = tax.main({"cpus": [first, first + 1]})
    assert pinned == [[first], [first, first + 1]]
    assert answer["two_threads_ns"] > 0
    assert short.count("calls") == 2 * tax.TIMES_A_THREAD * tax.PASSES


def test_pypys_jit_is_turned_off_before_anything_runs(short: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pypyjit = ModuleType("pypyjit")
    pypyjit.set_param = short.append  # type: ignore[attr-defined] # a stand-in module
    monkeypatch.setitem(sys.modules, "pypyjit", pypyjit)
    tax.main({"cpus": [], "jit": False})
    assert short[0] == "off"
    short.clear()
    tax.main({"cpus": [], "jit": True})
    assert "off" not in short
