"""Computing elsewhere: others are served meanwhile, the reply still goes out, and nothing is left of who computed."""

import gc
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from concur import catalog
from concur.accounting import count_children, descriptors
from concur.catalog import INTERPRETERS, PROCESSES, THREADS, Model
from concur.echo.contract import Service, Stop, is_peers_fault
from concur.echo.dose import HEAVY, Dose
from concur.echo.offload import Offload, why_not_from_interpreters
from concur.errors import TargetError
from concur.interpreters.tree import tier0_tree

if TYPE_CHECKING:
    from concur.interpreters.describe import Interpreter
    from tests.conftest import Exchange, StartTarget, Target

KINDS_HERE = [THREADS, PROCESSES, *([INTERPRETERS] if sys.version_info >= catalog.INTERPRETERS_PYTHON else [])]
HEAVY_UNITS = 40_000  # about 0.4 s
PATIENT = ("--grace", 11)  # however busy the machine is
HANG_S = 10
LINES = b"".join(b"%d\n" % number for number in range(300)) + b"last"
ON_LOOPS = ["polling", "callbacks", "generators", "coroutines", "asyncio_streams", "asyncio_protocol"]

# Forking within pytest's own process: a child does what is here alone, and never goes back into pytest.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(params=KINDS_HERE)
def offload(request: pytest.FixtureRequest) -> Iterator[Offload]:
    """Two workers of each kind."""
    made = Offload(2, request.param)
    made.start()
    yield made
    made.end()


def kill(pid: int) -> None:
    """Where it still is: when one worker dies, the executor ends the others."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# By itself


@pytest.mark.parametrize("kind", ["python", "held", "released"])
def test_the_result_is_that_of_computing_here(offload: Offload, kind: str) -> None:
    dose = Dose(3, kind, heavy_units=7)
    for line in (b"light\n", HEAVY):
        assert offload.submit(dose, line).result(HANG_S) == dose.compute(line)


def test_an_error_of_the_computing_is_in_the_future(offload: Offload) -> None:
    assert offload.submit(Dose(1, "of which there is none"), b"\n").exception(HANG_S)
    assert offload.submit(Dose(1), b"\n").result(HANG_S) == Dose(1).compute()  # and that is no loss


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_it_ends_with_nothing_left_and_ends_its_copies(kind: str) -> None:
    Offload(1, kind)  # what is imported for good
    gc.collect()  # what other tests have left for that
    before = threading.active_count(), count_children(), descriptors()
    offload = Offload(2, kind)
    offload.start()
    other = offload.another()
    for each in (offload, other):
        each.submit(Dose(1), b"\n").result(HANG_S)
    offload.end()
    assert (threading.active_count(), count_children(), descriptors()) == before
    offload.end()


def test_what_a_library_closes_at_the_fork_is_not_missed() -> None:
    closing = list(os.pipe())
    os.register_at_fork(after_in_child=lambda: list(map(os.close, closing)))
    offload = Offload(1, PROCESSES)
    try:
        offload.start()
        assert offload.submit(Dose(1), b"\n").result(HANG_S) == Dose(1).compute()
    finally:
        offload.end()
        for each in closing:
            os.close(each)
        closing.clear()


def test_workers_are_there_once_it_has_started() -> None:
    before = threading.active_count()
    offload = Offload(3, THREADS)
    assert threading.active_count() == before
    offload.start()
    assert threading.active_count() == before + 3
    offload.end()


def test_a_process_that_dies_is_told_of_once_and_loses_what_was_under_way() -> None:
    others = set(children_of(os.getpid()))
    stop, service = Stop(), Service(Dose(1, heavy_units=10**9), offload=Offload(2, PROCESSES))
    service.follow(stop)
    service.start_offload()
    under_way = service.compute(HEAVY)
    assert under_way
    for pid in set(children_of(os.getpid())) - others:
        kill(pid)
    assert is_peers_fault(under_way.exception(HANG_S))  # it ends its own connection, and no more
    assert (later := service.compute(b"\n"))
    assert is_peers_fault(later.exception(HANG_S))
    assert stop.is_requested
    with pytest.raises(TargetError, match="a worker that computed for the service has died"):
        service.end_offload()
    service.end_offload()  # told once
    stop.close()


def test_a_worker_of_a_service_has_workers_of_its_own() -> None:
    service = Service(Dose(1), offload=Offload(2, THREADS))
    service.start_offload()
    another = service.another()
    assert another.offload
    assert another.offload is not service.offload
    another.end_offload()
    assert (computing := service.compute(b"\n"))
    assert computing.result(HANG_S) == Dose(1).compute()
    service.end_offload()


def test_a_service_without_an_offload_computes_at_once() -> None:
    assert Service(Dose(1)).compute(b"\n") is None


def test_a_subinterpreter_may_have_all_but_processes() -> None:
    assert why_not_from_interpreters(PROCESSES)
    assert not why_not_from_interpreters(THREADS)
    assert not why_not_from_interpreters(INTERPRETERS)


# In every model


@pytest.fixture
def offloading(model: Model) -> Model:
    """Each model that can have others compute."""
    if model.inline:
        pytest.skip(model.inline)
    return model


def test_who_is_light_does_not_wait_for_who_is_heavy_and_that_one_is_answered_in_a_drain(
    offloading: Model, start_target: "StartTarget"
) -> None:
    target = start_target(offloading.id, "--cpu", 1, "--heavy", HEAVY_UNITS, *PATIENT, "--offload", "2:threads")
    with ExitStack() as peers:
        heavy, *light = (peers.enter_context(target.connect()) for _ in range(min(2, offloading.max_active or 2)))
        warm_up([heavy, *light])
        heavy.sendall(HEAVY)
        if light:
            assert overtakes(light[0], heavy)
        else:
            time.sleep(0.1)  # until it computes, most likely
        ends_well(target, offloading)
        assert heavy.recv(99) + heavy.recv(99) == HEAVY


def overtakes(light: socket.socket, heavy: socket.socket) -> bool:
    """Whether the answer to a line sent now comes before the one that the other waits for."""
    time.sleep(0.03)  # so that the heavy one is under way
    light.sendall(b"light\n")
    answered = select.select([light, heavy], [], [], HANG_S)[0]
    return answered == [light]


def warm_up(peers: list[socket.socket]) -> None:
    """All are being served."""
    for peer in peers:
        peer.sendall(b"first\n")
        assert peer.recv(6) == b"first\n"


def ends_well(target: "Target", row: Model) -> None:
    """It drains, and leaves nothing but what it declares."""
    words = target.end()
    left = {name for name, count in words["left"].items() if count}
    assert words["forced"] == 0
    assert left <= ({"descriptors"} if 8 in row.unmet else set())


@pytest.mark.parametrize("name", ON_LOOPS)
def test_inline_a_loop_answers_in_order(name: str, start_target: "StartTarget") -> None:
    target = start_target(name, "--cpu", 1, "--heavy", HEAVY_UNITS, *PATIENT)
    with target.connect() as heavy, target.connect() as light:
        warm_up([heavy, light])
        heavy.sendall(HEAVY)
        assert not overtakes(light, heavy)


def test_lines_come_back_exactly_and_in_order_however_they_are_split(
    offloading: Model, start_target: "StartTarget", exchange: "Exchange"
) -> None:
    target = start_target(offloading.id, "--cpu", 1, "--wait", 0.0001, "--offload", "2:threads")
    with target.connect() as connection, target.connect() as gone:
        if offloading.active() != 1:
            gone.sendall(LINES)  # and leaves, while its lines are computed
        gone.close()
        assert exchange(connection, [LINES[:1], LINES[1:500], LINES[500:-4]]) == LINES[:-4]
        connection.sendall(LINES[-4:])
        connection.shutdown(1)
        assert connection.recv(9) + connection.recv(9) == b"last"
        ends_well(target, offloading)


def test_a_peer_that_resets_while_its_line_is_computed_is_no_news(
    offloading: Model, start_target: "StartTarget", exchange: "Exchange"
) -> None:
    target = start_target(offloading.id, "--cpu", 1, "--heavy", HEAVY_UNITS // 4, "--offload", "2:threads")
    with target.connect() as rude:
        warm_up([rude])
        rude.sendall(HEAVY * 2)
        time.sleep(0.02)  # until it computes, most likely
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with target.connect() as polite:
        assert exchange(polite, [b"hello\n"]) == b"hello\n"
        ends_well(target, offloading)


@pytest.mark.parametrize("name", ["sequential", "threads", "polling", "coroutines", "asyncio_protocol"])
def test_it_ends_with_one_line_where_who_computes_has_died(name: str, start_target: "StartTarget") -> None:
    target = start_target(name, "--cpu", 1, "--heavy", 10**8, "--offload", "2:processes")
    with target.connect() as connection:
        warm_up([connection])
        connection.sendall(HEAVY)
        for pid in children_of(target.process.pid):
            kill(pid)
        assert connection.recv(9) == b""
        assert target.process.wait(HANG_S) == 1
    assert target.said().startswith("concur: a worker that computed for the service has died")
    assert target.said().count("\n") == 1


def test_who_computes_does_not_outlive_a_server_that_is_killed(start_target: "StartTarget") -> None:
    target = start_target("threads", "--cpu", 1, "--offload", "2:processes")
    computing = children_of(target.process.pid)
    assert len(computing) == 2
    target.process.kill()
    target.process.wait()
    for pid in computing:
        while is_running(pid):
            time.sleep(0.01)


def test_who_computes_keeps_nothing_of_the_server_open(start_target: "StartTarget") -> None:
    target = start_target("threads", "--cpu", 1, "--offload", "1:processes")
    (pid,) = children_of(target.process.pid)
    assert not {link for link in links(pid) if link.startswith("socket:")}
    target.end()


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether it lives; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def links(pid: int) -> set[str]:
    return {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}


def test_ctrl_c_leaves_who_computes_to_the_drain(start_target: "StartTarget") -> None:
    target = start_target("threads", "--cpu", 1, "--heavy", HEAVY_UNITS, *PATIENT, "--offload", "1:processes")
    with target.connect() as connection:
        warm_up([connection])
        connection.sendall(HEAVY)
        for pid in (*children_of(target.process.pid), target.process.pid):
            os.kill(pid, signal.SIGINT)
        assert connection.recv(99) == HEAVY
        assert target.last_words()["left"] == dict.fromkeys(("threads", "connections", "descriptors", "children"), 0)


# In several copies


@pytest.mark.parametrize("copies", ["2:threads", "2:processes"])
@pytest.mark.parametrize("workers", ["1:threads", "1:processes"])
def test_each_copy_has_workers_of_its_own_and_ends_them(
    copies: str, workers: str, start_target: "StartTarget", exchange: "Exchange"
) -> None:
    target = start_target("callbacks", "--cpu", 1, "--workers", copies, "--offload", workers)
    with ExitStack() as peers:
        for connection in [peers.enter_context(target.connect()) for _ in range(8)]:
            assert exchange(connection, [b"one\n", b"two\n"]) == b"one\ntwo\n"
        assert not any(target.end()["left"].values())


# On other interpreters


@pytest.mark.parametrize(
    "words",
    [
        ["threads"],
        ["callbacks", "--workers", "2:interpreters"],
        ["subinterpreters", "--pool", "2"],
    ],
    ids=" ".join,
)
def test_subinterpreters_compute_for_threads_loops_and_subinterpreters(
    words: list[str], newest: "Interpreter", start_target: "StartTarget", exchange: "Exchange"
) -> None:
    options = {"python": [newest.python, "-P"], "pythonpath": tier0_tree()}
    target = start_target(
        *words, "--cpu", 1, "--heavy", HEAVY_UNITS, *PATIENT, "--offload", "2:interpreters", **options
    )
    with target.connect() as heavy, target.connect() as light:
        warm_up([heavy, light])
        assert exchange(light, [LINES[:-4]]) == LINES[:-4]
        heavy.sendall(HEAVY)
        assert overtakes(light, heavy)
        assert not any(target.end()["left"].values())
        assert heavy.recv(99) == HEAVY
