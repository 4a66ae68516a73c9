"""Where the dose's computing is done if not inline: a pool of threads, processes or subinterpreters. Tier 0.

The model goes on serving meanwhile, if it can. Whether that helps the others
is the GIL's business: a pool of threads computes under the same GIL as the
service, and its threads take that from it for a switch interval at a time;
processes and subinterpreters have one of their own, and cost the way there and back.

The workers are there before the service says that it is ready, since a fork
wants a process without threads and loops, and no first request is to pay for
them. They end with the service, also when that is killed.

What must not live here: how a model waits for a future.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from concur.accounting import descriptors
from concur.catalog import INTERPRETERS, PROCESSES, THREADS
from concur.echo.dose import Dose, compute
from concur.errors import MachineError, TargetError

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)  # what a service handles
STANDARD = {0, 1, 2}  # descriptors that every process has


class Offload:
    """So many workers of a kind, threads, processes or interpreters, that compute for one service.

    Only the main thread starts and ends it. A worker of the service that has to
    have one of its own gets that by `another`, after its fork: a pool is never inherited.
    """

    def __init__(self, count: int, kind: str) -> None:
        self.shape = (count, kind)
        self._pool: Executor | None = None
        self._others: list[Offload] = []
        self._on_lost: list[Callable[[], object]] = []
        self._loss: BrokenExecutor | None = None
        if kind == PROCESSES:
            import concur.echo.forked  # noqa: F401 # now, since ctypes, which it uses, opens a descriptor for good

    def start(self) -> None:
        """Make the workers; they are there when it returns. Raises MachineError where they cannot be had."""
        count, kind = self.shape
        self._pool = POOLS[kind](count)

    def another(self) -> "Offload":
        """One of the same shape, started, for a worker of the service. It ends with this one, or by itself."""
        other = Offload(*self.shape)
        other.start()
        self._others.append(other)
        return other

    def submit(self, dose: Dose, line: bytes) -> "Future[int]":
        """The computing of a dose for a line. Its future has BrokenExecutor once a worker has died."""
        assert self._pool, "nobody is there to compute: start it"
        try:
            if self._loss:  # to trouble an executor that is breaking down could leave others without an answer
                raise self._loss
            future = self._pool.submit(compute, dose.kind, dose.units(line))
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(self._look)
        return future

    def on_lost(self, callback: Callable[[], object]) -> None:
        """Call it once a worker has died, in whichever thread learns of it: nobody computes any more."""
        self._on_lost.append(callback)

    def _look(self, future: "Future[int]") -> None:
        if future.cancelled() or not isinstance(error := future.exception(), BrokenExecutor) or self._loss:
            return
        self._loss = error
        for callback in self._on_lost:
            callback()

    def end(self) -> None:
        """Leave no worker behind. Again has no effect. Raises TargetError if one had died before it was asked to."""
        for other in self._others:
            other.end()
        pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(cancel_futures=True)
            del pool
            gc.collect()  # the executor leaves its pipes to that, and PyPy takes its time
        loss, self._loss = self._loss, None
        if loss:
            raise TargetError("a worker that computed for the service has died", why=str(loss))


def why_not_from_interpreters(kind: str) -> str:
    """Why a service in a subinterpreter cannot have workers of that kind; an empty string if it can."""
    return "a subinterpreter may not fork" if kind == PROCESSES else ""


# The pools


def threads(count: int) -> Executor:
    """Threads of this interpreter. All are started now: the executor itself makes one when it first needs it."""
    pool = ThreadPoolExecutor(count)
    everyone = threading.Barrier(count + 1)
    try:
        for _ in range(count):
            pool.submit(everyone.wait)
    except RuntimeError as error:
        everyone.abort()
        pool.shutdown()
        raise MachineError("cannot start the threads that compute", why=str(error), do="Offload to fewer.") from None
    everyone.wait()
    return pool


def processes(count: int) -> Executor:
    """Copies of this process as it stands. Signals wait until a copy has forgotten how this process handles them."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    given = os.getpid(), descriptors() - STANDARD
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("fork"), initializer=begin, initargs=given)
    held = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pool.submit(os.getpid).result()  # with the first one all are forked
    except (OSError, BrokenExecutor) as error:
        pool.shutdown()
        raise MachineError("cannot start the processes that compute", why=str(error), do="Offload to fewer.") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return pool


def begin(parent: int, unwanted: set[int]) -> None:
    """In a process that computes, first of all: forget what is its parent's business, and die with it."""
    from concur.echo.forked import die_with

    signal.set_wakeup_fd(-1)
    for number in SIGNALS:  # Ctrl-C reaches all in the foreground; whoever drains then needs us yet
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    die_with(parent)
    unwanted &= descriptors()  # what was done at the fork may have closed some: an event loop's, a library's
    for descriptor in unwanted:  # the listener, which would stay open as long as we live, and the stop's
        os.close(descriptor)


class InterpreterPool(ThreadPoolExecutor):
    """Threads that call subinterpreters, each of them one that is idle.

    The standard library's InterpreterPoolExecutor has each thread end its own,
    at the same time as the others, which is not safe: see `Interpreters` in `isolated.py`.
    """

    def __init__(self, count: int) -> None:
        from concurrent import interpreters  # type: ignore[attr-defined] # of 3.14

        super().__init__(count)
        self._made: list[Any] = []
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(count):
            self._made.append(one := interpreters.create())
            one.call(compute, "python", 0)  # it imports that now
            self._idle.put(one)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **_: Any) -> "Future[Any]":
        """Call a function of a module, with arguments that can be pickled."""
        return super().submit(self._call, function, *arguments)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        one = self._idle.get()
        try:
            return one.call(function, *arguments)
        finally:
            self._idle.put(one)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads, and then the interpreters, one after the other."""
        super().shutdown(wait=True, cancel_futures=cancel_futures)
        while self._made:
            self._made.pop().close()


POOLS: dict[str, Callable[[int], Executor]] = {THREADS: threads, PROCESSES: processes, INTERPRETERS: InterpreterPool}
