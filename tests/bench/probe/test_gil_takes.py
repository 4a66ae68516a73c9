"""Counting takes of the GIL: a probe that comes and goes, and the calls it counts."""

import os
import subprocess
import sys

import pytest

from concur.bench.probe import gil_takes, perf_stat
from concur.bench.probe.gil_takes import owners, probe_on
from concur.bench.probe.perf_stat import PerfStat
from concur.bench.probe.waiting import interpreter_images, mappings
from concur.errors import MachineError

PROBES = """\
p:concur/takes_4711 /usr/lib/libpython3.14.so:0x00000000001888d0
p:probe_python/takes_99 /usr/bin/python3.13:0x00000000001fc460
p:concur/takes_12 /my folder/python3.13:0x00000000001fc460
r:concur/takes_13 /usr/bin/python3.13:0x00000000001fc460
"""
CALLER = """
import os, sys
for line in sys.stdin:
    for _ in range(1000): os.stat("/")
    print("done", flush=True)
"""


def refusal() -> str:
    if reason := perf_stat.refusal():
        return reason
    try:
        with probe_on(interpreter_images(mappings(os.getpid()))):
            return ""
    except MachineError as error:
        return str(error)


reason = refusal()
needs_probes = pytest.mark.skipif(bool(reason), reason=reason)


def test_only_probes_of_ours_have_owners():
    assert owners(PROBES) == {4711, 12}


@needs_probes
def test_each_call_that_lets_the_gil_go_is_counted():
    images = interpreter_images(mappings(os.getpid()))
    with (
        subprocess.Popen(
            [sys.executable, "-c", CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
        probe_on(images) as takes,
        PerfStat(lambda: [process.pid], [], takes) as tracer,
    ):
        assert process.stdin
        assert process.stdout
        tracer.begin()
        process.stdin.write("work\n")
        process.stdin.flush()
        process.stdout.readline()
        counted = tracer.end()
        process.kill()
    assert counted.gil_takes is not None
    assert 1000 <= counted.gil_takes < 1020


@needs_probes
def test_a_probe_is_gone_afterwards_and_after_an_error():
    def fail() -> None:
        with probe_on(interpreter_images(mappings(os.getpid()))):
            assert os.getpid() in owners(gil_takes._probes())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert os.getpid() not in owners(gil_takes._probes())


@needs_probes
def test_a_probe_that_a_killed_process_left_is_swept():
    kill = (
        "import os, sys\nfrom concur.bench.probe.gil_takes import probe_on\n"
        "with probe_on(sys.argv[1:]):\n    os.kill(os.getpid(), 9)\n"
    )
    images = interpreter_images(mappings(os.getpid()))
    with subprocess.Popen([sys.executable, "-c", kill, *images]) as killed:
        killed.wait()
    with probe_on(images):
        assert killed.pid not in owners(gil_takes._probes())


@needs_probes
def test_a_file_without_the_function_is_passed_over():
    images = interpreter_images(mappings(os.getpid()))
    with probe_on(["/bin/true", *images]) as takes:
        assert takes.endswith(str(os.getpid()))


@pytest.mark.parametrize("images", [[], ["/bin/true"], ["/nowhere/python"]])
def test_where_there_is_no_such_function_there_is_no_probe(images):
    with pytest.raises(MachineError, match="no probe on PyEval_RestoreThread"), probe_on(images):
        pass
