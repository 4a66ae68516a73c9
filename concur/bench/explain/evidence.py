"""What a cell knows of how its server spent its time, asked for by name, and how such figures are worded. Tier 1; pure.

`causes.py` draws conclusions from it. A figure that was not to be had counts as
none seen, so that a rule without its counter stays silent.
"""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from concur.bench.results import Cell, Probe
from concur.bench.scenarios import Scenario
from concur.bench.verdicts import SERVER_BOUND

READS = ("recvfrom", "read", "recvmsg", "readv", "recvmmsg")
SENDS = ("sendto", "write", "sendmsg", "writev", "sendmmsg", "sendfile")
MAPS = ("mmap", "munmap", "mremap", "brk", "madvise")
POLLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "io_uring_enter")
ACCEPTS = ("accept", "accept4")
CLONES = ("clone", "clone3", "fork", "vfork")
NO_CALLS = ("running", "gil", "lock", "no call")  # the names in Probe.waiting that are no system calls
AWAKE = ("running", "gil", "lock")
LEAST_THREADS = 0.05  # on average: with fewer in a place it is not worth a word
# Where a server waits for what others do: a parent of workers waits for its children, a drain for its signal.
PATIENT = (*READS, *POLLS, *ACCEPTS, "futex", "wait4", "waitid", "rt_sigtimedwait", "rt_sigsuspend", "pause")


class Evidence(NamedTuple):
    """A measured cell and its scenario, and what they say."""

    cell: Cell
    scenario: Scenario

    @property
    def probe(self) -> Probe:
        """The cell's probe; an empty one where there was none."""
        return self.cell.probe or Probe(verified=0, window_ns=0, rate_per_s=0.0)

    @property
    def rate_per_s(self) -> float:
        """The timed trials' rate."""
        return self.cell.rate_per_s.median if self.cell.rate_per_s else 0.0

    @property
    def connections(self) -> int:
        """How many were active at a time."""
        return self.cell.connections or self.scenario.connections

    @property
    def busy(self) -> float:
        """CPU used / CPU allotted."""
        return self.cell.server_busy or 0.0

    @property
    def wanted(self) -> float:
        """The same with the time in the run queue: that others took its CPU does not make a server idle.

        Threads may stand there side by side, so it ends at 1.
        """
        return min(1.0, self.busy * (1 + self._queued))

    @property
    def is_full(self) -> bool:
        """Whether it uses, or stands in the queue for, all CPUs it was allotted; a copy of one thread can use one."""
        cpus = self.cpu_ns * self.rate_per_s / 1e9 * (1 + self._queued)
        is_single = 0 < self.waiting(*AWAKE) <= self.copies + 0.5
        return self.wanted >= SERVER_BOUND or (is_single and cpus >= SERVER_BOUND * self.copies)

    @property
    def _queued(self) -> float:
        """Time in the run queue over time on a CPU."""
        return self.cell.counters.get("run_delay_ns", 0.0) / self.cpu_ns if self.cpu_ns else 0.0

    @property
    def copies(self) -> int:
        """How many copies of the model there are: a topology is "1" or "2 processes"."""
        return int(self.cell.topology.split()[0])

    @property
    def has_thread_each(self) -> bool:
        """Whether there are as many threads as connections, so that one that is held up holds up no other."""
        return self.threads >= self.connections > 1

    @property
    def cpu_ns(self) -> float:
        """The server's CPU time for one request."""
        cpu = self.cell.server_cpu_ns_per_request
        return cpu.total.median if cpu else 0.0

    @property
    def kernel_ns(self) -> float:
        """Of which in the kernel."""
        cpu = self.cell.server_cpu_ns_per_request
        return cpu.system.median if cpu else 0.0

    @property
    def engine_ns(self) -> float:
        """The engine's CPU time for one request."""
        loads = [trial.load for trial in self.cell.trials if trial.load and trial.load.verified]
        return median(load.engine_cpu_ns / load.verified for load in loads) if loads else 0.0

    @property
    def faults(self) -> float:
        """Page faults a request: the probe's exact count, else the timed trials'."""
        counted = self.probe.page_faults
        return self.cell.counters.get("minor_faults", 0.0) if counted is None else counted

    @property
    def sleeps(self) -> float:
        """How often a request has a thread give up the CPU of its own will."""
        switches = self.cell.counters.get("voluntary_switches")
        return (self.probe.switches or 0.0) if switches is None else switches

    @property
    def threads(self) -> float:
        """How many there were, on average over the looks at them."""
        return sum(self.probe.waiting.values())

    @property
    def shares(self) -> list[list[int]]:
        """How many connections each of several workers accepted, trial by trial."""
        told = [trial.end.get("shares", []) for trial in self.cell.trials] + [self.probe.shares]
        return [shares for shares in told if len(shares) > 1]

    def calls(self, *names: str) -> float:
        """How often these system calls were made for a request."""
        return sum(self.probe.system_calls.get(name, 0.0) for name in names)

    def waiting(self, *names: str) -> float:
        """How many threads were in these, on average."""
        return sum(self.probe.waiting.get(name, 0.0) for name in names)

    def held_up_in(self) -> str:
        """The system call in which most threads waited, of those in which no server has to; empty without one."""
        return self.most_in(name for name in self.probe.waiting if name not in (*NO_CALLS, *PATIENT, *SENDS))

    def most_in(self, names: Iterable[str]) -> str:
        """In which of these most threads waited; empty without names."""
        return max(names, key=lambda name: self.probe.waiting.get(name, 0.0), default="")

    def places(self, most: int = 3) -> list[tuple[str, float]]:
        """Where most threads were, and how many."""
        order = sorted(self.probe.waiting.items(), key=lambda item: -item[1])
        return [(name, count) for name, count in order[:most] if count >= LEAST_THREADS]


def few(value: float) -> str:
    """`12`, `5.9`, `0.05`, `<0.01`: a count a request, or of threads."""
    if value >= 9.95 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 0.995 else f"{value:.2f}" if value >= 0.01 else "<0.01"


def share(value: float) -> str:
    """`97 %`; what is not all of it is never rounded to all."""
    return f"{min(99, round(100 * value)) if value < 1 else 100} %"


def micro(ns: float) -> str:
    """`6.6 µs`, `291 µs`, `2.3 ms`."""
    if ns >= 999_500:
        return f"{few(ns / 1e6)} ms"
    return f"{ns / 1e3:.0f} µs" if ns >= 99_500 else f"{ns / 1e3:.1f} µs"


def listed(counts: dict[str, float], most: int = 3) -> str:
    """`1.0 recvfrom, 1.0 sendto, 0.05 epoll_wait`: the largest of them, but for those that nobody counted by name."""
    order = sorted((name for name in counts if name != "other"), key=lambda name: -counts[name])
    return ", ".join(f"{few(counts[name])} {name}" for name in order[:most] if counts[name] >= 0.005)


def among(counts: dict[str, float], names: Iterable[str]) -> str:
    """The same of these names alone."""
    return listed({name: counts[name] for name in names if name in counts})
