"""The gates of lab 10. All run on a virtual clock, so that none depends on how fast or busy this machine is."""

import os
import socket
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from concur.kernel.poller import FOR_EVER, make_poller
from concur.labs.gates import Failed, VirtualClock, require

Body = Generator[Any, Any, Any]
CLOCK_TICK_S = 1e-9  # the clock's finest step: a time-out shorter than it passes, too
SHOWN_WAITS = 5
USELESS_ASKS = 2000  # in a row, with no time passed and nothing ready: then it spins


class VirtualPoller:
    """A poller that never sleeps: it looks at real descriptors, and lets virtual time pass.

    asked: every time-out that it was given, in order, in seconds.
    """

    def __init__(self, clock: VirtualClock, lost: Callable[[], str]) -> None:
        """lost: who is left and will never be woken, in words; empty if somebody is ready or can be."""
        self.asked: list[float] = []
        self._lost = lost
        self._clock, self._real = clock, make_poller()
        self._coming: list[tuple[float, Callable[[], object]]] = []  # what happens outside, and when
        self._useless = 0
        self.watch, self.forget, self.close = self._real.watch, self._real.forget, self._real.close

    def at(self, seconds: float, happens: Callable[[], object]) -> None:
        """Something happens outside at that time."""
        self._coming = sorted([*self._coming, (seconds, happens)], key=lambda each: each[0])

    def unwatch(self, fd: int) -> None:
        try:
            self._real.unwatch(fd)
        except OSError as error:
            raise Failed(
                "a descriptor is unwatched while it is watched, and open",
                f"poller.unwatch({fd}): {os.strerror(error.errno or 0)}",
                "who is killed may close his descriptors on his way out: so he is withdrawn before",
            ) from None

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        timeout_s = FOR_EVER if timeout_s is None else timeout_s
        self.asked.append(timeout_s)
        lost = self._lost()
        require(not lost, "whoever stands still is woken some time", lost)
        require(
            timeout_s >= 0 or timeout_s == FOR_EVER,
            "the poller is asked to wait 0 s, until the first sleeper is due, or FOR_EVER",
            f"it was asked to wait {timeout_s} s: epoll takes any negative number for «for ever»",
        )
        ready = self._real.wait(0)
        if not ready and timeout_s != 0:
            self._let_time_pass(timeout_s)
            ready = self._real.wait(0)
        elif not ready:
            self._useless += 1
            require(
                self._useless < USELESS_ASKS,
                "while nobody is ready, the poller sleeps",
                f"it was asked {self._useless:,} times with a time-out of 0, and nothing happened: the loop spins",
                "`patience` says how long the poller may sleep",
            )
        return ready

    def _let_time_pass(self, timeout_s: float) -> None:
        self._useless = 0
        ends = [self._clock.now_s + timeout_s] * (timeout_s != FOR_EVER) + [at for at, _ in self._coming[:1]]
        require(bool(ends), "the poller is asked to wait for ever only if something is to come", "nothing is")
        if (passes_s := min(ends) - self._clock.now_s) > 0:
            self._clock.sleep(max(CLOCK_TICK_S, passes_s))
        while self._coming and self._coming[0][0] <= self._clock.now_s:
            self._coming.pop(0)[1]()


class Machine:
    """The learner's scheduler on a virtual clock, and a log of what its tasks do."""

    def __init__(self, work: ModuleType) -> None:
        self.clock = VirtualClock()
        self.poller = VirtualPoller(self.clock, self._lost)
        self.scheduler = work.Scheduler(clock=self.clock.monotonic, poller=self.poller)
        self.events: list[tuple[float, str]] = []

    def note(self, event: str) -> None:
        """Something has happened, now."""
        self.events.append((round(self.clock.now_s, 6), event))

    def run(self, *bodies: Body) -> None:
        """All of them, until the last has ended."""
        for body in bodies:
            self.scheduler.start(body)
        self.scheduler.run()

    def _lost(self) -> str:
        known = self.scheduler
        if known.ready or known.sleepers or known.pollees:
            return ""
        names = ", ".join(sorted(task.body.__name__ for task in known.alive))
        return f"alive, but neither ready nor asleep nor beside a descriptor, so that nobody will wake it: {names}"


@contextmanager
def a_machine(work: ModuleType) -> Iterator[Machine]:
    """A fresh one, whose descriptors are given back."""
    machine = Machine(work)
    try:
        yield machine
    finally:
        machine.poller.close()


@contextmanager
def a_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a real connection; neither blocks."""
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        right.setblocking(False)
        yield left, right


def same(events: list[tuple[float, str]], expected: list[tuple[float, str]], what: str = "") -> None:
    """The events are those expected, in their order, each at its time. what: the scene, with a colon, in words."""
    listed = f"all events: {_listed(events)}"
    for number, (want, got) in enumerate(zip(expected, events, strict=False), 1):
        require(want == got, f"{what}event {number} is «{_told(*want)}»", f"«{_told(*got)}»", listed)
    for missing in expected[len(events) :]:
        raise Failed(f"{what}event {len(events) + 1} is «{_told(*missing)}»", "there was none", listed)
    for more in events[len(expected) :]:
        raise Failed(f"{what}there are {len(expected)} events", f"one more: «{_told(*more)}»", listed)


def _told(at_s: float, event: str) -> str:
    return f"{at_s:g} s: {event}"


def _listed(events: list[tuple[float, str]]) -> str:
    return "; ".join(_told(*event) for event in events) or "nothing happened"


# The gates


def check_wait(work: ModuleType) -> str:
    """Children run beside their parent; wait gives what they returned, before their end and after."""
    token = os.urandom(3).hex()  # so that nobody knows the results but who waited for them
    got: dict[str, Any] = {}

    def child(name: str, turns: int) -> Body:
        for _ in range(turns):
            machine.note(name)
            yield work.turn()
        return f"{name} {token}"

    def friend(task: Any) -> Body:
        got["the friend"] = yield work.wait(task)

    def parent() -> Body:
        slow = yield work.spawn(child("slow", 20))
        quick = yield work.spawn(child("quick", 1))
        other = yield work.spawn(friend(slow))
        for _ in range(5):
            machine.note("parent")
            yield work.turn()
        got["of the dead"] = yield work.wait(quick)
        got["the parent"] = yield work.wait(slow)
        yield work.wait(other)

    with a_machine(work) as machine:
        machine.run(parent())
    told = [event for _, event in machine.events]
    require(
        told != sorted(told, key=told.index),
        "children run beside their parent",
        "each ran to its end before the next began",
        "`spawn` starts a task and comes back at once; it runs nothing",
    )
    wanted = {"of the dead": f"quick {token}", "the friend": f"slow {token}", "the parent": f"slow {token}"}
    asked = "wait gives what the task returned: to one who comes after its end, and to two who came before"
    require(got == wanted, asked, f"{got}; the results were «quick {token}» and «slow {token}»")
    return "the result of a dead task, and of a living one for which two waited"


def check_idle(work: ModuleType) -> str:
    """The poller is asked with the right time-out, and no oftener than something happens."""

    def sleeper(seconds: float) -> Body:
        yield work.sleep(seconds)

    def computing(clock: VirtualClock) -> Body:
        yield work.turn()
        clock.sleep(3)  # it keeps the CPU: nobody's turn comes meanwhile

    with a_machine(work) as machine:
        machine.run(sleeper(1.25), sleeper(0.5))
    asked_to_wait(machine, [0.5, 0.75], "sleepers that are due at 1.25 s and at 0.5 s")
    with a_machine(work) as machine:
        machine.run(sleeper(1), computing(machine.clock))
    asked_to_wait(machine, [], "a sleeper that is due at 1 s, and a task that computes until 3 s")
    with a_machine(work) as machine:
        machine.run(sleeper(0.25), sleeper(0.25), sleeper(100))
    asked_to_wait(machine, [0.25, 99.75], "two sleepers that are due at 0.25 s, and one at 100 s")
    return "it waited 0.5 s, then 0.75 s; not at all, being late; 0.25 s, then 99.75 s"


def asked_to_wait(machine: Machine, expected: list[float], what: str) -> None:
    """The poller has been asked to wait so, besides a few looks that do not wait."""
    waits = [each for each in machine.poller.asked if each]
    looks = len(machine.poller.asked) - len(waits)
    require(
        waits == expected, f"{what}: the poller is asked to wait {_seconds(expected)}", f"it was: {_seconds(waits)}"
    )
    require(looks <= 4, f"{what}: the poller is asked 4 times at most without waiting", f"{looks} times")


def _seconds(waits: list[float]) -> str:
    told = ["for ever" if each == FOR_EVER else f"{each:g} s" for each in waits[:SHOWN_WAITS]]
    more = f" and {len(waits) - SHOWN_WAITS:,} times more" if len(waits) > SHOWN_WAITS else ""
    return ", ".join(told) + more or "never"


def check_fair(work: ModuleType) -> str:
    """No ready task runs twice before another ready one has run once."""
    names = [f"task {number}" for number in range(8)]

    def worker(name: str) -> Body:
        for _ in range(60):
            machine.note(name)
            yield work.turn()

    def brief() -> Body:
        yield work.turn()

    def spawner() -> Body:
        for name in names:
            yield work.spawn(worker(name))
        for _ in range(20):
            machine.note("the spawner")
            yield work.spawn(brief())

    with a_machine(work) as machine:
        machine.run(spawner())
    told = [event for _, event in machine.events]
    begun = told.index("the spawner")
    ended = len(told) - told[::-1].index("the spawner")
    everyone = {*names, "the spawner"}
    for at in range(begun, ended - len(everyone)):
        turns = Counter(told[at : at + len(everyone)])
        twice = turns.most_common(1)[0]
        require(
            twice[1] == 1,
            f"{len(everyone)} tasks are ready: each has one turn before any has its second",
            f"{twice[0]} had {twice[1]} turns, {', '.join(sorted(everyone - set(turns)))} none",
            "whoever becomes ready goes to the end of the queue",
        )
    return f"{len(everyone)} tasks, {ended - begun} turns, in strict rotation"


def check_read(work: ModuleType) -> str:
    """A read that is not ready stops nobody else: when all are idle, and beside a busy task with the real poller."""
    scene = "bytes come at 1 s, and a sleeper is due at 1.5 s"
    with a_machine(work) as machine, a_pair() as (left, right):
        machine.poller.at(1, lambda: right.send(b"x"))
        machine.run(_reader(work, left, machine), _sleeper(work, 1.5, machine))
        same(machine.events, [(1, "b'x'"), (1.5, "slept")], f"{scene}: ")
        asked_to_wait(machine, [1.5, 0.5], scene)
    scene = "a reader is alone, and its bytes come at 7 s"
    with a_machine(work) as machine, a_pair() as (left, right):
        machine.poller.at(7, lambda: right.send(b"late"))
        machine.run(_reader(work, left, machine))
        same(machine.events, [(7, "b'late'")], f"{scene}: ")
        asked_to_wait(machine, [FOR_EVER], scene)
    return f"another task had {_read_beside_a_busy_task(work)} turns while the read waited"


def _reader(work: ModuleType, connection: socket.socket, machine: Machine) -> Body:
    data = yield work.read(connection, 100)
    machine.note(repr(data))


def _sleeper(work: ModuleType, seconds: float, machine: Machine) -> Body:
    yield work.sleep(seconds)
    machine.note("slept")


def _read_beside_a_busy_task(work: ModuleType) -> int:
    got: list[bytes] = []
    turns = 50

    def reader(connection: socket.socket) -> Body:
        while not got or got[-1]:
            got.append((yield work.read(connection, 4)))

    def busy(peer: socket.socket) -> Body:
        for _ in range(turns):
            yield work.turn()
        require(got == [], "a reader gets nothing before there is something", f"it got {got}")
        peer.send(b"abcdef")
        for _ in range(4):
            yield work.turn()
        wanted = "while another task is busy, a reader gets 4 bytes at most at a time: b'abcd', then b'ef'"
        require(got == [b"abcd", b"ef"], wanted, f"after four turns it had {got}")
        peer.close()

    scheduler = work.Scheduler()
    try:
        with a_pair() as (left, right):
            scheduler.start(reader(left))
            scheduler.start(busy(right))
            scheduler.run()
    finally:
        scheduler.poller.close()
    require(got[-1] == b"", "at the peer's end a read gives no bytes", f"it gave {got[-1]!r}")
    return turns


def check_write(work: ModuleType) -> str:
    """A write gives what the kernel took; who fills the buffer waits for room, and stops nobody else."""
    data = os.urandom(400_000)
    came = bytearray()
    calls: list[int] = []

    def writer(connection: socket.socket) -> Body:
        rest = memoryview(data)
        while rest:
            taken = yield work.write(connection, rest)
            require(isinstance(taken, int) and taken > 0, "write gives how many bytes were taken", f"it gave {taken!r}")
            calls.append(taken)
            rest = rest[taken:]
        connection.shutdown(socket.SHUT_WR)

    def slow_reader(connection: socket.socket) -> Body:
        yield work.sleep(1)  # by then the buffer is full
        machine.note("reads")
        while part := (yield work.read(connection, 10_000)):
            came.extend(part)

    with a_machine(work) as machine, a_pair() as (left, right):
        left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20_000)
        machine.run(writer(left), slow_reader(right))
    require(came == data, f"{len(data):,} bytes arrive as they were sent", f"{len(came):,} came, or others")
    require(len(calls) > 1, "a full buffer takes part of what is written", f"one write took all {calls[0]:,} bytes")
    same(machine.events, [(1, "reads")], "the writer waits for room, and another task wakes at 1 s: ")
    return f"{len(calls)} writes, since the buffer was full in between"


def check_kill(work: ModuleType) -> str:
    """Finally runs, at once; the dead wake nobody, read nothing and are told apart from the living."""
    _a_sleeper_is_killed(work)
    _a_reader_is_killed(work)
    _the_ready_and_the_dead_are_killed(work)
    return "a sleeper, a reader with bytes due, one that was ready, a dead one, and itself"


def _a_sleeper_is_killed(work: ModuleType) -> None:
    def victim() -> Body:
        try:
            yield work.sleep(5)
            machine.note("the dead lives")
        finally:
            machine.note("finally")

    def heir(task: Any) -> Body:
        result = yield work.wait(task)
        machine.note(f"the heir gets {result}")

    def killer() -> Body:
        task = yield work.spawn(victim())
        yield work.spawn(heir(task))
        yield work.sleep(1)
        yield work.kill(task)
        machine.note("the killer goes on")
        yield work.sleep(9)

    with a_machine(work) as machine:
        machine.run(killer())
    told = [event for _, event in machine.events]
    asked = "kill runs the finally clauses of a sleeper, at 1 s, before the killer goes on"
    require(machine.events[:1] == [(1, "finally")], asked, _listed(machine.events))
    require("the dead lives" not in told, "a dead task takes no step", "it woke, and went on")
    require(
        "the heir gets None" in told, "who waits for a task that is killed goes on, with None", _listed(machine.events)
    )
    waits = [each for each in machine.poller.asked if each]
    require(
        waits == [1, 9], "the dead wake nobody: the poller is asked to wait 1 s, then 9 s", f"it was: {_seconds(waits)}"
    )


def _a_reader_is_killed(work: ModuleType) -> None:
    def victim(connection: socket.socket) -> Body:
        with connection.dup() as own:  # which is closed on the way out
            yield work.read(own, 100)

    def killer(connection: socket.socket) -> Body:
        first = yield work.spawn(_reader(work, connection, machine))
        second = yield work.spawn(victim(connection))
        yield work.sleep(1)
        yield work.kill(first)
        yield work.kill(second)
        yield work.sleep(2)  # meanwhile bytes come
        machine.note(repr((yield work.read(connection, 100))))

    with a_machine(work) as machine, a_pair() as (left, right):
        machine.poller.at(2, lambda: right.send(b"for the living"))
        machine.run(killer(left))
    require(
        machine.events == [(3, "b'for the living'")],
        "bytes that come after a reader was killed are there for the next one, at 3 s",
        _listed(machine.events),
        "the dead are withdrawn from whatever they wait for",
    )


def _the_ready_and_the_dead_are_killed(work: ModuleType) -> None:
    result = object()
    tasks: list[Any] = []

    def busy() -> Body:
        for _ in range(100):
            machine.note("busy")
            yield work.turn()

    def brief() -> Body:
        return result
        yield

    def killer() -> Body:
        task, dead = (yield work.spawn(busy())), (yield work.spawn(brief()))
        yield work.turn()
        yield work.kill(task)
        seen = len(machine.events)
        yield work.turn()
        require(len(machine.events) == seen, "a task that is killed while it is ready takes no step", "it took one")
        yield work.kill(dead)
        got = yield work.wait(dead)
        require(got is result, "killing a task that has ended leaves its result as it is", f"it is {got!r}")
        yield work.kill(tasks[0])
        machine.note("one who killed himself lives")

    with a_machine(work) as machine:
        tasks.append(machine.scheduler.start(killer()))
        machine.scheduler.run()
    require(machine.events[-1][1] == "busy", "a task may kill itself", machine.events[-1][1])


def check_trace(work: ModuleType) -> str:
    """Everything at once: each event in its order, at its time."""

    def ticker(name: str, seconds: float, times: int) -> Body:
        for number in range(1, times + 1):
            yield work.sleep(seconds)
            machine.note(f"{name} {number}")
        return f"{name} is over"

    def echo(connection: socket.socket) -> Body:
        while data := (yield work.read(connection, 100)):
            machine.note(f"echo {data.decode()}")
            yield work.write(connection, data.upper())

    def init(connection: socket.socket) -> Body:
        a = yield work.spawn(ticker("A", 0.5, 3))
        b = yield work.spawn(ticker("B", 0.75, 2))
        c = yield work.spawn(ticker("C", 0.5, 9))
        e = yield work.spawn(echo(connection))
        machine.note("init has spawned")
        machine.note((yield work.wait(b)))
        yield work.kill(c)
        machine.note((yield work.wait(a)))
        yield work.wait(e)
        machine.note("init ends")

    with a_machine(work) as machine, a_pair() as (left, right):
        machine.poller.at(0.625, lambda: right.send(b"hello"))
        machine.poller.at(1.75, lambda: machine.note(f"peer gets {_what_came(right)}"))
        machine.poller.at(1.875, right.close)
        machine.run(init(left))
    same(machine.events, EXPECTED)
    return f"{len(EXPECTED)} events, each at its time"


def _what_came(connection: socket.socket) -> str:
    try:
        return connection.recv(100).decode()
    except BlockingIOError:
        return "nothing"


EXPECTED = [
    (0, "init has spawned"),
    (0.5, "A 1"),
    (0.5, "C 1"),
    (0.625, "echo hello"),
    (0.75, "B 1"),
    (1, "A 2"),
    (1, "C 2"),
    (1.5, "B 2"),
    (1.5, "A 3"),
    (1.5, "C 3"),
    (1.5, "B is over"),
    (1.5, "A is over"),
    (1.75, "peer gets HELLO"),
    (1.875, "init ends"),
]
