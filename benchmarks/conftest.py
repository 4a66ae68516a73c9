"""What the benchmarks of the primitives share: one CPU for each, its number of steps, and what cannot be had here.

They run in the interpreter under test, so they are as tier 0: the standard
library, concur's tier 0, pytest with pytest-benchmark, and in a test the library
that it is about.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from concur.observed import is_gil_enabled

CAN_PIN = hasattr(os, "sched_setaffinity")
CPUS = sorted(os.sched_getaffinity(0), reverse=True) if CAN_PIN else []  # the highest first: interrupts favour CPU 0
HAD_GIL = is_gil_enabled()

raisers: list[str] = []  # the library whose import has turned the GIL back on, if one has


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those that need a library last: importing one may turn a free-threaded build's GIL on, and it stays on."""
    items.sort(key=lambda item: "need" in getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def _facts(
    request: pytest.FixtureRequest, benchmark: BenchmarkFixture, record_property: Callable[[str, object], None]
) -> None:
    """Keep with a test's figures how many steps a round has (its file's STEPS, unless it says otherwise), and with
    its outcome the group, so that whoever is skipped has one too.
    """
    benchmark.extra_info["steps"] = request.module.STEPS
    record_property("group", benchmark.group)


@pytest.fixture(autouse=True)
def _gil(_facts: None) -> None:
    """What is measured on a build without its GIL is measured without it."""
    if is_gil_enabled() and not HAD_GIL:
        pytest.skip(f"{raisers[0] if raisers else 'an import'} turned the GIL back on")


@pytest.fixture(autouse=True)
def _cpus(request: pytest.FixtureRequest, _facts: None) -> Iterator[None]:
    """One CPU, so that a hand-over costs a switch and no more: waking another core up costs what that core's sleep
    was deep. Where the system does not let one choose, the scheduler does.
    """
    wanted = 2 if request.node.get_closest_marker("two_cpus") else 1
    if not CAN_PIN:
        yield
        return
    if len(CPUS) < wanted:
        pytest.skip("needs two CPUs")
    os.sched_setaffinity(0, CPUS[:wanted])
    yield
    os.sched_setaffinity(0, CPUS)


@pytest.fixture
def need() -> Callable[[str], Any]:
    """Import a module that is about a library; the test is skipped where it cannot be had, or brings the GIL back."""

    def bring(name: str, library: str = "") -> Any:
        try:
            module = import_module(name)
        except ImportError:
            pytest.skip(f"needs {library or name}")
        if is_gil_enabled() and not HAD_GIL:
            raisers.append(library or name)
            pytest.skip(f"{raisers[0]} turned the GIL back on")
        return module

    return bring


@pytest.fixture
def thread_beside() -> Callable[..., AbstractContextManager[None]]:
    """A thread that takes the same step again and again, until that says False; `end` is called to bring this about."""

    @contextmanager
    def run(step: Callable[[], bool], end: Callable[[], object]) -> Iterator[None]:
        def live() -> None:
            while step():
                pass

        thread = threading.Thread(target=live)
        thread.start()
        try:
            yield
        finally:
            end()
            thread.join()

    return run


@pytest.fixture
def process_beside() -> Callable[..., AbstractContextManager[None]]:
    """A forked process that takes the same step again and again, until it is killed."""

    @contextmanager
    def run(step: Callable[[], object]) -> Iterator[None]:
        child = os.fork()
        if not child:
            try:
                while True:
                    step()
            finally:
                os._exit(1)  # never back into pytest
        try:
            yield
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    return run


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Two pipes: (asked, ask) to read from and to write to, and (answered, answer)."""
    descriptors = (*os.pipe(), *os.pipe())
    yield descriptors
    for descriptor in descriptors:
        os.close(descriptor)
