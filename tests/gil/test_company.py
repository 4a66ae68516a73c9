"""One service beside CPU-bound work: what cannot be, what was computed, and what dies."""

import os
import signal
import sys

import pytest
from msgspec import structs

from concur.errors import LoadError, TargetError
from concur.gil import company
from concur.gil.company import Cell
from concur.gil.points import Asked, Sample
from concur.gil.waits import threads_of
from concur.interpreters.find import current

HERE = current()
ASKED = Asked(interpreters={"here": HERE}, models=["threads"], missing={}, cpus=2)


def test_company_is_written_as_a_scenario_has_it():
    assert Cell(model="threads", cpu_workers=2, kind="processes").beside == "2 processes"
    assert Cell(model="threads").beside == ""


def test_why_a_cell_cannot_be_had():
    old = structs.replace(ASKED, interpreters={"here": structs.replace(HERE, version="3.13.0")})
    assert company.why_not(old, "here", Cell(model="sequential", connections=8)) == "it serves 1 connection at a time"
    beside = Cell(model="threads", cpu_workers=1, kind="interpreters")
    assert company.why_not(old, "here", beside) == "subinterpreters need Python 3.14"
    assert company.why_not(old, "here", structs.replace(beside, cpu_workers=0)) == ""


def test_units_are_of_all_workers_over_their_life():
    assert company.units_per_s({"units": [30, 10], "seconds": 2.0}) == 20
    assert company.units_per_s({}) is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs sched_setaffinity")
def test_a_target_moves_with_all_its_threads_and_processes():
    cpu = max(os.sched_getaffinity(0))

    def look(running, engine) -> Sample:
        company.move(running.pid, [cpu])
        tasks = [*threads_of(running.pid), *running.ready["beside"]["pids"]]
        return {"where": [os.sched_getaffinity(task) for task in tasks]}

    cell = Cell(model="threads", connections=2, cpu_workers=1, kind="processes")
    where = company.drive(cell, HERE, ASKED, look)["where"]
    assert len(where) >= 4  # the main thread, one for each connection, and a process
    assert all(each == {cpu} for each in where)


def test_a_process_beside_it_that_dies_fails_the_measurement():
    def look(running, engine) -> Sample:
        os.kill(running.ready["beside"]["pids"][0], signal.SIGKILL)
        return {}

    with pytest.raises(TargetError, match="beside the target died: processes, worker 1 of 1: it was killed by SIGKILL"):
        company.drive(Cell(model="threads", cpu_workers=1, kind="processes"), HERE, ASKED, look)


def test_a_target_that_dies_is_what_failed_not_its_load():
    def look(running, engine) -> Sample:
        running.process.kill()
        running.process.wait()
        raise LoadError("the load generator is at a loss")

    with pytest.raises(TargetError, match="the target died under its load: it was killed by SIGKILL"):
        company.drive(Cell(model="threads"), HERE, ASKED, look)


def test_a_gil_that_came_back_is_not_measured():
    lying = structs.replace(HERE, free_threaded=True)
    with pytest.raises(TargetError, match="is not what it is called.*turned the GIL back on"):
        company.drive(Cell(model="threads"), lying, ASKED, lambda running, engine: {})
