"""Time that passes only where the kernel waits for it, and pollers that count."""

from collections.abc import Callable, Coroutine, Iterator
from importlib import import_module
from typing import Any

import pytest

from concur.catalog import missing, model
from concur.kernel import reactor
from concur.kernel.poller import FOR_EVER, Poller, make_poller
from concur.kernel.tasks import Cancelled, Kernel
from concur.kernel.trampoline import Trap, sleep
from tests.kernel.hubs import MakeHub, Pair, small_pair


class VirtualTime:
    """A poller without descriptors, and the clock that its waiting advances."""

    name = "virtual"

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns

    @property
    def now_s(self) -> float:
        return self.now_ns / 1e9

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        assert timeout_s != FOR_EVER, "waits for ever"
        self.now_ns += round(timeout_s * 1e9)
        return []

    def watch(self, fd: int, interest: int) -> None: ...

    def unwatch(self, fd: int) -> None: ...

    def forget(self, fd: int) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """The clock of every reactor that the test makes."""
    virtual = VirtualTime()
    monkeypatch.setattr(reactor, "make_poller", lambda: virtual)
    monkeypatch.setattr(reactor, "monotonic_ns", virtual.monotonic_ns)
    return virtual


class Counting:
    """A poller that writes down what it is asked for."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def watch(self, fd: int, interest: int) -> None:
        self.calls.append("watch")
        self._poller.watch(fd, interest)

    def unwatch(self, fd: int) -> None:
        self.calls.append("unwatch")
        self._poller.unwatch(fd)

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        self.calls.append("wait")
        return self._poller.wait(timeout_s)


@pytest.fixture(params=["epoll", "select"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each poller in turn, for every reactor that the test makes."""
    monkeypatch.setenv("CONCUR_POLLER", request.param)
    return str(request.param)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, poller: str) -> Callable[[], list[str]]:
    """What the poller of the reactor made last was asked for."""
    made: list[Counting] = []

    def make_counting() -> Counting:
        made.append(Counting(make_poller()))
        return made[-1]

    monkeypatch.setattr(reactor, "make_poller", make_counting)
    return lambda: made[-1].calls


@pytest.fixture
def no_task_lives(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After the test, of none of the kernels that it made."""
    kernels: list[Kernel] = []
    make = Kernel.__init__

    def make_known(kernel: Kernel) -> None:
        make(kernel)
        kernels.append(kernel)

    monkeypatch.setattr(Kernel, "__init__", make_known)
    yield
    assert kernels
    assert not [task for kernel in kernels for task in kernel.tasks]


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def sleeper(log: list[str]) -> Callable[[str], Coroutine[Trap, Any, None]]:
    """Sleeps for long, and logs that it was cancelled."""

    async def sleep_long(name: str) -> None:
        try:
            await sleep(1000)
        except Cancelled:
            log.append(f"{name} cancelled")
            raise

    return sleep_long


@pytest.fixture(params=["Greenlets", "Tasklets"])
def make_hub(request: pytest.FixtureRequest) -> MakeHub:
    """Each kind of hub in turn."""
    name = request.param.lower()
    if reason := missing(model(name)):
        pytest.skip(reason)
    found: MakeHub = getattr(import_module(f"concur.echo.{name}"), request.param)
    return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    """For green threads: two ends of a connection with small buffers."""
    left, right = small_pair()
    with left, right:
        yield left, right
