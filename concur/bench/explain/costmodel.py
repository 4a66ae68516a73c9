"""A server's CPU time for one request, predicted from what it did: calls × their cost here, and what they leave out.

    kernel       system calls by name (the probe's) × the cost of each
                 + the message's bytes, received and sent
                 + the thread's sleeping and waking up, and being preempted (the counters' switches)
                 + waking the engine up, as often as it slept
                 + page faults (the counters')
    interpreter  the user time that was measured

The interpreter's work is taken as measured, since nothing else that is counted
tells it: no counter knows how long an interpreter computes, and a fitted one
would explain whatever it was fitted to. So the total is right by construction in
that part, and `kernel_r_squared`, in which nothing measured is put in, is the
figure that the model stands or falls with. No parameter is fitted anywhere.

The kernel divides CPU time into user and system by samples at its ticks (250 a
second here): over three windows of 0.8 s that is right to about two hundredths
of the total. Pure; what must not live here: measuring a cost, wording a result.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from concur.bench.results import Cell, CostModel, Prediction, Probe
from concur.bench.scenarios import Scenario

READS = frozenset({"recvfrom", "read", "readv", "recvmsg"})  # the same work in the kernel on a TCP socket
WRITES = frozenset({"sendto", "write", "writev", "sendmsg"})
EPOLL = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
ACCEPTS = frozenset({"accept", "accept4"})
SELECT = frozenset({"select", "pselect6"})
LIKE = {  # the same function of the kernel under another name
    "accept": "accept4",
    "ppoll": "poll",  # of one descriptor: how Python waits on a socket with a timeout
    "nanosleep": "clock_nanosleep",
    "fork": "clone",
    "vfork": "clone",
}
TRIVIAL = frozenset({"rt_sigprocmask", "rt_sigreturn", "getpid", "gettid", "getppid", "clock_gettime", "lseek"})
READ_BYTES = 65536  # what models read at a time: a payload within it comes by one read
GOOD = (0.75, 1.33)  # predicted over measured: what is called a fit
FEWEST_CELLS = 3
WORTH_NAMING = 0.01  # calls a request whose cost is not known; fewer cannot spoil a prediction


def predict(cell: Cell, scenario: Scenario, costs: dict[str, float]) -> Prediction | None:
    """What one request of this cell should cost, by `costs.measure`'s costs; None where no calls or CPU were counted.

    Calls whose cost is not known count as a bare trap and stand in `without`, as do switches, page faults, and
    the engine's sleeps that nobody counted. Where a call's work depends on what cannot be seen from its name,
    the rules are: within one read's size one read a request finds data and the rest nothing; one event a read;
    `select` asks about every connection, `poll` about one.
    """
    cpu, probe = cell.server_cpu_ns_per_request, cell.probe
    if cpu is None or probe is None or not probe.system_calls:
        return None
    without: list[str] = []
    parts = _calls(probe, scenario, cell.connections or scenario.connections, costs, without)
    parts |= _message_bytes(probe.system_calls, scenario, costs, without)
    parts |= _connections(probe.system_calls, costs)
    parts |= _switches(cell, probe, costs, without)
    parts |= _waking(cell, scenario, probe, costs, without)
    parts |= _faults(cell, probe, costs, without)
    parts["interpreter"] = cpu.user.median
    return Prediction(total_ns=sum(parts.values()), parts_ns=parts, without=without)


def kernel_ns(prediction: Prediction) -> float:
    """What it predicts of the system time: all but the interpreter's work."""
    return prediction.total_ns - prediction.parts_ns["interpreter"]


def ratio(cell: Cell) -> float | None:
    """Predicted over measured CPU a request; None where one of them is not there."""
    cpu = cell.server_cpu_ns_per_request
    if cell.predicted is None or cpu is None or cpu.total.median <= 0:
        return None
    return cell.predicted.total_ns / cpu.total.median


def fits(cell: Cell) -> bool:
    """Whether a cell's prediction is within GOOD of what was measured."""
    found = ratio(cell)
    return found is not None and GOOD[0] <= found <= GOOD[1]


def fit(cells: Iterable[Cell], costs: dict[str, float]) -> CostModel:
    """How well the cells' predictions (`Cell.predicted`) meet their measured CPU a request.

    R² = 1 − Σ(measured − predicted)² / Σ(measured − mean)², each mean that of the cell's own scenario: the
    share of the differences between models that the prediction explains, not of those between large messages
    and small ones. Below 0 it is worse than calling all models of a scenario equal. None for fewer than
    three cells, and where there is no difference to explain.
    """
    known = [cell for cell in cells if ratio(cell) is not None]
    worst = max(known, key=lambda cell: abs(math.log(ratio(cell) or 1.0)), default=None)
    figures = np.array([_figures(cell) for cell in known], dtype=np.float64).reshape(-1, 4)
    where = [cell.scenario for cell in known]
    return CostModel(
        costs_ns=costs,
        cells=len(known),
        r_squared=r_squared(figures[:, 0], figures[:, 1], where),
        kernel_r_squared=r_squared(figures[:, 2], figures[:, 3], where),
        worst=" ".join(filter(None, [worst.label, worst.interpreter, worst.scenario])) if worst else "",
        worst_ratio=ratio(worst) if worst else None,
    )


def r_squared(measured: NDArray[np.float64], predicted: NDArray[np.float64], groups: list[str]) -> float | None:
    """The share of the differences within groups that a prediction without fitted parameters explains."""
    if len(measured) < FEWEST_CELLS:
        return None
    _, group = np.unique(groups, return_inverse=True)
    means = np.bincount(group, weights=measured) / np.bincount(group)
    differences = float(np.sum((measured - means[group]) ** 2))
    return 1 - float(np.sum((measured - predicted) ** 2)) / differences if differences > 0 else None


def _figures(cell: Cell) -> tuple[float, ...]:
    """Total measured and predicted, system time measured and predicted."""
    cpu, predicted = cell.server_cpu_ns_per_request, cell.predicted
    if cpu is None or predicted is None:
        return (math.nan,) * 4  # `ratio` has left these out
    return cpu.total.median, predicted.total_ns, cpu.system.median, kernel_ns(predicted)


def _calls(
    probe: Probe, scenario: Scenario, connections: int, costs: dict[str, float], without: list[str]
) -> dict[str, float]:
    made = {name: count for name, count in probe.system_calls.items() if count > 0}
    prices = _prices(made, scenario, connections, costs)
    parts = {}
    for name, count in made.items():
        price = prices.get(name, costs.get(LIKE.get(name, name)))
        if price is None and name not in TRIVIAL and count >= WORTH_NAMING:
            without.append(name)
        parts[name] = count * (costs["trap"] if price is None else price)
    return parts


def _prices(made: dict[str, float], scenario: Scenario, connections: int, costs: dict[str, float]) -> dict[str, float]:
    """What one call costs whose price depends on how many were made, or about how much."""
    reads, waits = _count(made, READS), _count(made, EPOLL)
    with_data = reads if scenario.payload_bytes > READ_BYTES else min(reads, 1.0)
    events = max(1.0, with_data)
    reading = _blend(reads, with_data, costs["recvfrom"], costs["recvfrom in vain"])
    waiting = _blend(waits, events, costs["epoll_wait"], costs["epoll_wait in vain"])
    if 0 < waits < events:  # several events by one wait
        waiting += (events - waits) / waits * costs["epoll_wait event"]
    selecting = costs["select"] + (connections - 1) * costs["select descriptor"]
    prices = dict.fromkeys(READS, reading) | dict.fromkeys(WRITES, costs["sendto"])
    closing = _blend(made.get("close", 0.0), made.get("shutdown", 0.0), costs["close after shutdown"], costs["close"])
    return prices | dict.fromkeys(EPOLL, waiting) | dict.fromkeys(SELECT, selecting) | {"close": closing}


def _blend(count: float, of_them: float, price: float, other: float) -> float:
    """The mean price of so many calls, of which so many have one price and the rest another."""
    share = min(of_them / count, 1.0) if count > 0 else 1.0
    return share * price + (1 - share) * other


def _count(made: dict[str, float], names: Iterable[str]) -> float:
    return sum(made.get(name, 0.0) for name in names)


def _message_bytes(
    made: dict[str, float], scenario: Scenario, costs: dict[str, float], without: list[str]
) -> dict[str, float]:
    """A payload in and out; not of a server whose calls don't show how it moves them."""
    if not _count(made, READS) or not _count(made, WRITES):
        without.append("message bytes")
        return {}
    moved = (f"{scenario.payload_bytes} bytes {how}" for how in ("received", "sent"))
    return {"message bytes": sum(costs[name] for name in moved)}


def _connections(made: dict[str, float], costs: dict[str, float]) -> dict[str, float]:
    """What a new connection's first byte in and out costs beyond that of an old one; nothing where none is accepted."""
    accepted = _count(made, ACCEPTS)
    dearer = max(costs["first exchange"] - costs["recvfrom"] - costs["sendto"], 0.0)
    return {"new connections": accepted * dearer} if accepted else {}


def _switches(cell: Cell, probe: Probe, costs: dict[str, float], without: list[str]) -> dict[str, float]:
    """Sleeps and preemptions. After a sleep either another thread runs at once, or the CPU idles, which costs more."""
    slept, forced = cell.counters.get("voluntary_switches"), cell.counters.get("involuntary_switches", 0.0)
    slept = probe.switches if slept is None else slept
    if slept is None:
        without.append("switches")
        return {}
    idle = idle_share(cell)
    sleeping = idle * costs["sleep"] + (1 - idle) * costs["switch"]
    return {"switches": slept * sleeping + forced * costs["preemption"]}


def idle_share(cell: Cell) -> float:
    """How many of its sleeps leave the CPU idle: all of a single thread's, else as much of its time as was idle.

    What it waited in the run queue was not idle either: others, or its own threads, had the CPU.
    """
    threads = [trial.counters.threads for trial in cell.trials if trial.counters and trial.counters.threads]
    if threads and max(threads) == 1:
        return 1.0
    busy = 1.0 if cell.server_busy is None else cell.server_busy
    rate_per_s = cell.rate_per_s.median if cell.rate_per_s else 0.0
    queued = cell.counters.get("run_delay_ns", 0.0) * rate_per_s / 1e9
    return min(max(1.0 - busy - queued, 0.0), 1.0)


def _waking(
    cell: Cell, scenario: Scenario, probe: Probe, costs: dict[str, float], without: list[str]
) -> dict[str, float]:
    """Waking the engine up is the sender's work. With one connection it sleeps each time; else it was counted."""
    sleeps = cell.engine_sleeps
    if sleeps is None and (cell.connections or scenario.connections) == 1:
        sleeps = 1.0
    if sleeps is None:
        without.append("waking the engine")
        return {}
    return {"waking the engine": min(sleeps, 1.0) * costs["wake"]}


def _faults(cell: Cell, probe: Probe, costs: dict[str, float], without: list[str]) -> dict[str, float]:
    faults = cell.counters.get("minor_faults", probe.page_faults)
    if faults is None:
        without.append("page faults")
        return {}
    return {"page faults": faults * costs["page fault"]}
