"""Whether the load generator can be believed here: `concur doctor --load`. Tier 1.

Two questions. Does the open loop see a pause that the closed loop hides
(coordinated omission)? And is the engine cheap enough not to be what is
measured? The second compares CPU per request, in rounds taken in turn.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from concur.errors import LoadError, MachineError
from concur.load.build import compiled
from concur.load.drive import native_command, run_load
from concur.load.plan import Load, LoadResult
from concur.load.stalling import CYCLE, latency_quantile_ns

OPEN_RATE_PER_S = 450.0  # 70 % of what the stalling server can do
CYCLES, CLOSED_CYCLES = 4, 2
ATTEMPTS = 3
ROUNDS = 3
MOST_OF_BARE = 1.25
INFORMATION = "for information"
BARE_CLIENT = Path(__file__).parents[2] / "tests" / "load" / "bare_client.c"


class Check(msgspec.Struct, frozen=True):
    """One thing that was checked, or shown as information where nothing is expected of it."""

    name: str
    expected: str
    seen: str
    passed: bool


# ---- coordinated omission


def check_coordinated_omission(kind: str | None = None) -> list[Check]:
    """Measure a server whose p99 is known, in both loops; about 10 s, up to 30 s where the machine is busy.

    What else the machine does only ever adds latency, so a check that fails is
    tried again, a few times. Raises LoadError as Engine does.
    """
    return [
        _try_p99("open loop p99 counts from when a message was due", OPEN_RATE_PER_S, 0.05, kind),
        _try_p99("closed loop p99 hides the pause", None, 0.2, kind),  # the 0.2 is for waking up twice a message
    ]


def _try_p99(name: str, rate_per_s: float | None, tolerance: float, kind: str | None) -> Check:
    seen: list[str] = []
    while True:
        check = _check_p99(name, _stalled(rate_per_s, kind), rate_per_s, tolerance)
        seen.append(check.seen)
        if check.passed or len(seen) == ATTEMPTS:
            return msgspec.structs.replace(check, seen=", then ".join(seen))


def _stalled(rate_per_s: float | None, kind: str | None) -> LoadResult:
    cycle_s = CYCLE / rate_per_s if rate_per_s else CYCLE * 0.001 + 0.2
    duration_s = cycle_s * (CYCLES if rate_per_s else CLOSED_CYCLES)
    with server([sys.executable, "-m", "concur.load.stalling"], first_cpu()) as port:
        load = Load(port=port, connections=1, payload_bytes=64, rate_per_s=rate_per_s)
        return run_load(load, warmup_s=cycle_s, duration_s=duration_s, cpus=last_cpu(), kind=kind)


def _check_p99(name: str, result: LoadResult, rate_per_s: float | None, tolerance: float) -> Check:
    expected_ns = latency_quantile_ns(0.99, rate_per_s)
    seen_ns = result.latency_ns.get("p99", 0.0)
    return Check(
        name=f"{name} ({result.engine} engine)",
        expected=f"{expected_ns / 1e6:.1f} ms ± {tolerance:.0%}",
        seen=f"{seen_ns / 1e6:.2f} ms",
        passed=abs(seen_ns - expected_ns) <= tolerance * expected_ns,
    )


# ---- the engine's cost


def check_engine_cost() -> list[Check]:
    """CPU per request of the native engine, a bare C client and the Python twin, on the null server; about 8 s.

    Most of it is the kernel's work for a message, one send and one receive, which
    is the same for all three; so the twin's figure is for information. Raises
    MachineError where the native engine cannot be built.
    """
    command = [str(native_command()), "--null-server"]
    with server(command, first_cpu()) as port:
        rounds = [(_cost(port, "native"), _bare_cost(port), _cost(port, "python")) for _ in range(ROUNDS)]
    native, bare, twin = zip(*rounds, strict=True)
    rate_per_s = statistics.median(rate for _, rate in native)
    ceiling = Check("null server, the ceiling of machine and engine", INFORMATION, f"{rate_per_s:,.0f} req/s", True)
    against_twin = Check(
        "engine's CPU per request against the Python twin's", INFORMATION, _ratio(native, twin)[1], True
    )
    return [_bare_check(native, bare), against_twin, ceiling]


Cost = tuple[float, float]  # CPU in ns for one request, requests per second


def _cost(port: int, kind: str) -> Cost:
    load = Load(port=port, connections=64)
    result = run_load(load, warmup_s=0.3, duration_s=0.5, cpus=last_cpu(), kind=kind)
    if result.verified == 0:
        raise LoadError("the engine's cost cannot be measured", why="the null server answered nothing")
    return result.engine_cpu_ns / result.verified, result.rate_per_s


def _bare_cost(port: int) -> Cost | None:
    if not BARE_CLIENT.exists():
        return None
    executable = str(compiled(BARE_CLIENT.read_bytes(), "bare-client"))
    process = subprocess.Popen([executable, str(port), "64", "1024", "800000000"], stdout=subprocess.PIPE)
    _pin(process.pid, last_cpu())
    out, _ = process.communicate(timeout=20)
    seen = json.loads(out)
    return seen["cpu_ns"] / seen["requests"], seen["requests"] / 0.4


def _bare_check(native: Sequence[Cost], bare: Sequence[Cost | None]) -> Check:
    costs = [cost for cost in bare if cost is not None]
    name = "engine's CPU per request against a bare C client's"
    if not costs:
        return Check(name, INFORMATION, "skipped: the bare client's source is in a checkout's tests/load alone", True)
    ratio, seen = _ratio(native, costs)
    return Check(name, f"at most {MOST_OF_BARE} times", seen, ratio <= MOST_OF_BARE)


def _ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> tuple[float, str]:
    """The median of the ratios by round, and how it reads."""
    ratio = statistics.median(a / b for (a, _), (b, _) in zip(ours, theirs, strict=True))
    return ratio, f"{ratio:.2f} times ({_typical_us(ours):.2f} against {_typical_us(theirs):.2f} µs)"


def _typical_us(costs: Sequence[Cost]) -> float:
    return statistics.median(cpu_ns for cpu_ns, _ in costs) / 1e3


# ---- servers and CPUs


@contextmanager
def server(command: list[str], cpus: Collection[int] | None) -> Iterator[int]:
    """A server that prints its port as a JSON line and ends when its standard input does; gives the port."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            _pin(process.pid, cpus)
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise MachineError("the server to check against did not start", why=f"status {process.wait()}")
            yield int(json.loads(line)["port"])
        finally:
            process.kill()


def _pin(pid: int, cpus: Collection[int] | None) -> None:
    pin: Callable[[int, Collection[int]], None] | None = getattr(os, "sched_setaffinity", None)
    if pin is not None and cpus is not None:
        pin(pid, cpus)


def first_cpu() -> set[int] | None:
    """The CPU for a server; None where there is no second one, or none can be chosen."""
    cpus = _allowed()
    return {cpus[0]} if len(cpus) > 1 else None


def last_cpu() -> set[int] | None:
    """The CPU for the engine."""
    cpus = _allowed()
    return {cpus[-1]} if len(cpus) > 1 else None


def _allowed() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
