"""The dose is a fixed computation, and its kinds differ in who holds the GIL."""

import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.echo.dose import HEAVY, KINDS, Dose, compute


@pytest.mark.parametrize("kind", KINDS)
@given(units=st.integers(0, 50))
def test_a_dose_does_the_same_work_each_time(kind: str, units: int) -> None:
    assert Dose(units, kind).compute() == Dose(units, kind).compute()


@pytest.mark.parametrize("kind", KINDS)
def test_more_units_are_more_work(kind: str) -> None:
    assert len({Dose(units, kind).compute() for units in range(20)}) == 20


@given(st.integers(0, 30))
def test_held_and_released_do_the_same_computation(units: int) -> None:
    assert Dose(units, "held").compute() == Dose(units, "released").compute()


def test_a_unit_is_the_work_that_it_was() -> None:
    results = {kind: Dose(20, kind).compute() for kind in KINDS}
    assert results == {"python": 715328297, "held": 1423792933, "released": 1423792933}


@pytest.mark.parametrize("kind", KINDS)
def test_a_heavy_line_takes_units_of_its_own(kind: str) -> None:
    dose = Dose(2, kind, heavy_units=5)
    assert (dose.units(b"light\n"), dose.units(HEAVY), dose.units(HEAVY.rstrip())) == (2, 5, 2)
    assert dose.compute(HEAVY) == compute(kind, 5) != dose.compute(b"light\n")


@pytest.fixture
def no_switching() -> Iterator[None]:
    """The GIL changes hands only where somebody lets go of it."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before_s)


@pytest.mark.usefixtures("no_switching")
@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL to hold")
@pytest.mark.parametrize(("kind", "lets_go"), [("python", False), ("held", False), ("released", True)])
def test_only_released_lets_go_of_the_gil(kind: str, lets_go: bool) -> None:
    dose, gate, beats = Dose(2000, kind), threading.Lock(), []
    dose.compute()
    gate.acquire()

    def beat() -> None:
        with gate:
            beats.append("in between")

    other = threading.Thread(target=beat)
    other.start()
    gate.release()  # it may run now, once it gets the GIL
    for _ in range(50 if lets_go else 1):
        dose.compute()
        if beats:
            break
    seen = list(beats)
    other.join()
    assert bool(seen) == lets_go
