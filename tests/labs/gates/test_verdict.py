import pickle
import subprocess
import sys

import pytest

import concur.labs.gates as gates
from concur.labs.gates import Failed, Skipped, require


def test_what_is_met_passes_and_what_is_not_says_what_was_asked_and_seen():
    require(True, "one", "two")
    with pytest.raises(Failed) as caught:
        require(False, "at most 3 writes", "1,000 writes", "the first at line 7")
    failed = caught.value
    assert (failed.asked, failed.seen, failed.detail) == ("at most 3 writes", "1,000 writes", "the first at line 7")
    assert str(failed) == "asked: at most 3 writes; seen: 1,000 writes\nthe first at line 7"


@pytest.mark.parametrize("verdict", [Failed("a", "b", "c"), Skipped("no kernel counts")])
def test_a_verdict_can_be_sent_to_another_process(verdict):
    again = pickle.loads(pickle.dumps(verdict))
    assert (type(again), vars(again)) == (type(verdict), vars(verdict))


def test_every_name_is_there_and_no_other():
    assert all(getattr(gates, name) for name in gates.__all__)
    with pytest.raises(AttributeError, match="no attribute 'explorer_of_all'"):
        _ = gates.explorer_of_all
    assert callable(gates.who), "the function, though a module has its name"


def test_a_verdict_alone_loads_no_other_instrument():
    code = "import sys, concur.labs.gates as gates; gates.require; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "concur.labs.gates.verdict" in said
    assert not {"asyncio", "socket", "subprocess", "msgspec", "concur.labs.gates.explorer"} & set(said)
