"""Observers on Linux: what the kernel counts of a process tree, seen from outside.

What they share is in `TreeReader`; they differ in who belongs to the tree and
in where the CPU time comes from. What must not live here: reading files
(`procfs.py`, `cgroup.py`) and keeping totals (`tally.py`).
"""

import time
from abc import ABC, abstractmethod

from concur.bench import procfs
from concur.bench.cgroup import Cgroup, Hierarchy, hierarchies
from concur.bench.counters import Counters
from concur.bench.tally import Identity, Reading, Split, Tally, TaskTally
from concur.errors import MachineError, TargetError

SHARE_WORTH_SAYING = 0.02  # of the CPU, spent by threads that were gone when they were to be read
ACCOUNTING_LAG_NS = 20_000_000  # a running thread is charged at each scheduler tick, of 10 ms at most, at either edge
ADOPTION_PASSES = 20


class TreeReader(ABC):
    """What both observers do alike: faults, switches, delay and levels from /proc, each total kept."""

    def __init__(self, pid: int, without: tuple[str, ...]) -> None:
        self._root = pid
        self._without = without
        self._processes, self._tasks, self._split = Tally(), TaskTally(), Split()
        self._cpu_ns = 0
        self._unseen_ns = 0
        self._unseen_share = 0.0
        if procfs.stat(pid) is None:
            raise TargetError(f"process {pid} cannot be observed", why="it has ended")

    @property
    def missing(self) -> tuple[str, ...]:
        """What this source does not see."""
        if self._unseen_share < SHARE_WORTH_SAYING:
            return self._without
        ended = f"switches and run-queue delay of threads that ended ({self._unseen_share:.0%} of the CPU was theirs)"
        return (*self._without, ended)

    @abstractmethod
    def _members(self) -> dict[int, dict[str, int]]:
        """Every process of the tree that is there now, with its stat, in any order."""

    @abstractmethod
    def _cpu(self, counted_ns: tuple[int, int, int]) -> tuple[int, int, int]:
        """(total, user weight, system weight), given what the processes' own figures say."""

    def read(self) -> Counters:
        """The totals now: CPU and faults first, since the threads take longer to ask."""
        found = self._members()
        at_ns = time.monotonic_ns()
        members = procfs.stats(procfs.eldest_first(found))
        total = self._processes.account(self._readings(members))
        cpu_ns, user_weight, system_weight = self._cpu((int(total[0]), int(total[1]), int(total[2])))
        user_ns, system_ns = self._split.divide(cpu_ns, user_weight, system_weight)
        living = [numbers for numbers in members.values() if not numbers["zombie"]]
        has_schedstat = self._read_tasks(members, cpu_ns)
        return Counters(
            at_ns=at_ns,
            user_ns=user_ns,
            system_ns=system_ns,
            voluntary_switches=self._tasks.voluntary_switches,
            involuntary_switches=self._tasks.involuntary_switches,
            run_delay_ns=self._tasks.run_delay_ns if has_schedstat else None,
            minor_faults=int(total[3]),
            major_faults=int(total[4]),
            threads=sum(numbers["threads"] for numbers in living),
            processes=len(living),
        )

    def _readings(self, members: dict[int, dict[str, int]]) -> list[Reading]:
        found = (procfs.reading(pid, numbers) for pid, numbers in members.items())
        return [reading for reading in found if reading is not None]

    def _read_tasks(self, members: dict[int, dict[str, int]], cpu_ns: int) -> bool:
        """Read every thread; whether the kernel keeps run-queue delay."""
        before = self._tasks.tasks
        self._tasks.account({key: task for pid in members for key, task in procfs.tasks(pid, before).items()})
        self._judge_unseen(cpu_ns, cpu_ns - self._tasks.run_ns)
        return procfs.has_schedstat()

    def _judge_unseen(self, cpu_ns: int, unseen_ns: int) -> None:
        """CPU since the last reading that no thread accounts for was spent by threads that are gone."""
        used_ns, self._cpu_ns = cpu_ns - self._cpu_ns, cpu_ns
        grown_ns, self._unseen_ns = unseen_ns - self._unseen_ns, unseen_ns
        self._unseen_share = grown_ns / used_ns if grown_ns > ACCOUNTING_LAG_NS else 0.0

    def memory(self) -> int | None:
        """Proportional set size of the tree, in bytes."""
        return procfs.pss_bytes(self._members())


class ProcObserver(TreeReader):
    """The tree by parenthood, its CPU by each process's CPU clock and what parents were told of their dead children.

    Sees all but a child that comes and goes between two readings without being
    waited for, or whose parent did so.
    """

    source = "proc"

    def __init__(self, pid: int, without: tuple[str, ...] = ()) -> None:
        super().__init__(pid, (*without, "children that come and go between two readings without being waited for"))
        self._known: set[Identity] = set()

    def _members(self) -> dict[int, dict[str, int]]:
        everything = procfs.stats(procfs.pids())
        # An orphan's parent is another; it is known from the time when it was not.
        known = [pid for pid, started in self._known if pid in everything and everything[pid]["started"] == started]
        roots = known if self._known else [self._root]
        members = {pid: everything[pid] for pid in procfs.descendants(everything, roots)}
        self._known |= {Identity(pid, numbers["started"]) for pid, numbers in members.items()}
        return members

    def _cpu(self, counted_ns: tuple[int, int, int]) -> tuple[int, int, int]:
        return counted_ns

    def close(self) -> None:
        """Nothing is held."""


class CgroupObserver(TreeReader):
    """The tree by membership in a cgroup made for it, its CPU as the kernel charged it there.

    Totals begin when the process is moved in. Raises MachineError where no
    cgroup may be made.
    """

    source = "cgroup"

    def __init__(self, pid: int, without: tuple[str, ...] = (), hierarchy: Hierarchy | None = None) -> None:
        super().__init__(pid, without)
        self._cgroup = _cgroup_with(pid, [hierarchy] if hierarchy else hierarchies())

    def _members(self) -> dict[int, dict[str, int]]:
        return procfs.stats(self._cgroup.members())

    def _cpu(self, counted_ns: tuple[int, int, int]) -> tuple[int, int, int]:
        return self._cgroup.usage()

    def close(self) -> None:
        """Remove the cgroup; processes that still live in it go back to where they came from."""
        self._cgroup.remove()


def _cgroup_with(pid: int, candidates: list[Hierarchy]) -> Cgroup:
    why = "none is mounted that counts CPU"
    for hierarchy in candidates:
        try:
            cgroup = Cgroup(hierarchy)
        except OSError as error:
            why = error.strerror or str(error)
            continue
        try:
            _adopt_tree(cgroup, pid)
            return cgroup
        except OSError as error:
            cgroup.remove()
            why = error.strerror or str(error)
    do = "Run as root, or in a cgroup that is delegated to you: systemd-run --user --scope -p Delegate=yes …"
    raise MachineError("no cgroup can be made to count the target's CPU", why=why, do=do)


def _adopt_tree(cgroup: Cgroup, pid: int) -> None:
    """Move the process in, then any child that it managed to fork before, until there is none left outside."""
    cgroup.adopt(pid)
    for _ in range(ADOPTION_PASSES):
        outside = procfs.descendants(procfs.stats(procfs.pids()), [pid]) - set(cgroup.members())
        outside -= {each for each in outside if (procfs.stat(each) or {"zombie": 1})["zombie"]}
        if not outside:
            return
        for each in outside:
            try:
                cgroup.adopt(each)
            except ProcessLookupError:
                pass  # it ended in between
