"""What the process between reports."""

import json
import os
import signal
import sys
from io import StringIO

import pytest

from concur.slides.counts import Counts
from concur.slides.present import meter


@pytest.fixture(autouse=True)
def _alarm_as_before():
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


def test_status_and_counters_are_those_of_the_command():
    told = meter.measure([sys.executable, "-S", "-c", "raise SystemExit(3)"], 30)
    assert (told["status"], told["is_late"]) == (3, False)
    assert Counts(*told["counts"]).peak_bytes > 1 << 20


def test_what_is_late_is_ended_and_counted():
    told = meter.measure([sys.executable, "-S", "-c", "while True: pass"], 0.2)
    assert (told["status"], told["is_late"]) == (-signal.SIGKILL, True)
    assert Counts(*told["counts"]).user_ns > 0


def test_reports_carry_the_nonce_they_were_given(monkeypatch):
    reads, writes = os.pipe()
    order = {"nonce": "n", "control": writes, "command": [sys.executable, "-S", "-c", ""], "seconds": 30}
    monkeypatch.setattr(sys, "stdin", StringIO(json.dumps(order)))
    meter.main()
    os.close(writes)
    with open(reads) as control:
        first, second = map(json.loads, control)
    assert first == {"nonce": "n", "phase": "running"}
    assert (second["nonce"], second["status"]) == ("n", 0)
