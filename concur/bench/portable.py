"""The observer for every Unix: what psutil tells, and `missing` says what it does not."""

import time

import psutil

from concur.bench.counters import Counters
from concur.bench.tally import Identity, Reading, Split, Tally, Vector, figures
from concur.errors import TargetError

GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)
MISSING = ("context switches", "run-queue delay", "page faults", "CPU times finer than 10 ms")


class PortableObserver:
    """The tree by parenthood, its CPU time in the steps that the system shows (10 ms as a rule).

    Where the system does not add up waited-for children (all but Linux), the
    last figures of those that ended are kept, and `missing` says so.
    """

    source = "portable"

    def __init__(self, pid: int, without: tuple[str, ...] = ()) -> None:
        try:
            self._root = psutil.Process(pid)
        except GONE:
            raise TargetError(f"process {pid} cannot be observed", why="it has ended") from None
        ended = () if psutil.LINUX else ("the last moments of children that ended",)
        self.missing = (*without, *MISSING, *ended)
        self._known = {self._root}
        self._tally, self._split = Tally(), Split()

    def read(self) -> Counters:
        """The totals now."""
        living = self._living()
        at_ns = time.monotonic_ns()
        eldest_first = sorted(living, key=lambda process: (process.create_time(), process.pid))
        total = self._tally.account([each for process in eldest_first if (each := _reading(process))])
        user_ns, system_ns = self._split.divide(int(total[0]), int(total[1]), int(total[2]))
        threads = sum(_threads(process) for process in living)
        return Counters(at_ns=at_ns, user_ns=user_ns, system_ns=system_ns, threads=threads, processes=len(living))

    def _living(self) -> set[psutil.Process]:
        for process in tuple(self._known):
            try:
                self._known.update(process.children(recursive=True))
            except GONE:
                self._known.discard(process)
        return {process for process in self._known if process.is_running()}

    def memory(self) -> int | None:
        """Proportional set size of the tree in bytes; None where the system has no such figure (all but Linux)."""
        try:
            return sum(process.memory_full_info().pss for process in self._living())
        except (AttributeError, psutil.AccessDenied, *GONE):
            return None

    def close(self) -> None:
        """Nothing is held."""


def _reading(process: psutil.Process) -> Reading | None:
    try:
        with process.oneshot():
            times, parent, started = process.cpu_times(), process.ppid(), process.create_time()
    except GONE:
        return None
    return Reading(
        Identity(process.pid, started),
        parent,
        _figures(times.user, times.system),
        _figures(getattr(times, "children_user", 0.0), getattr(times, "children_system", 0.0)),
    )


def _figures(user_s: float, system_s: float) -> Vector:
    user_ns, system_ns = round(user_s * 1e9), round(system_s * 1e9)
    return figures(user_ns + system_ns, user_ns, system_ns)


def _threads(process: psutil.Process) -> int:
    try:
        return process.num_threads()
    except GONE:
        return 0
