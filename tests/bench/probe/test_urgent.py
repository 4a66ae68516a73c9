"""Real-time priority for a moment, where it is allowed."""

import os
import sys

import pytest

from concur.bench.probe.urgent import urgent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs sched_setscheduler")


def test_priority_is_given_back():
    before = os.sched_getscheduler(0)
    with urgent() as is_allowed:
        assert (os.sched_getscheduler(0) == os.SCHED_FIFO) == is_allowed
    assert os.sched_getscheduler(0) == before


def test_where_it_is_forbidden_all_goes_on_without(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with urgent() as is_allowed:
        assert not is_allowed
