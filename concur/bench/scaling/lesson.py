"""What a closed loop hides, shown once in each rate sweep: a server whose pauses are known, under both loops. Tier 1.

Coordinated omission (Tene 2013, How NOT to measure latency): `load/stalling.py`
pauses 200 ms after every 500 messages, and says what either loop must see of it.
"""

import sys

from concur.bench.scaling.records import Loop, TwoLoops
from concur.load.drive import run_load
from concur.load.plan import Load
from concur.load.selfcheck import OPEN_RATE_PER_S, first_cpu, last_cpu, server
from concur.load.stalling import CYCLE, PAUSE_NS, SERVICE_NS

OPEN_CYCLES, CLOSED_CYCLES = 4, 2


def two_loops(kind: str | None = None) -> TwoLoops:
    """Both, one after the other; about 8 s. kind is the engine's. Raises LoadError and MachineError as Engine does."""
    closed_cycle_s = (CYCLE * SERVICE_NS + PAUSE_NS) / 1e9
    return TwoLoops(
        closed=_loop(None, closed_cycle_s, CLOSED_CYCLES, kind),
        opened=_loop(OPEN_RATE_PER_S, CYCLE / OPEN_RATE_PER_S, OPEN_CYCLES, kind),
        pause_ns=PAUSE_NS,
        messages_between=CYCLE,
    )


def _loop(rate_per_s: float | None, cycle_s: float, cycles: int, kind: str | None) -> Loop:
    with server([sys.executable, "-m", "concur.load.stalling"], first_cpu()) as port:
        load = Load(port=port, connections=1, payload_bytes=64, rate_per_s=rate_per_s)
        found = run_load(load, warmup_s=cycle_s, duration_s=cycle_s * cycles, cpus=last_cpu(), kind=kind)
    return Loop(rate_per_s=found.rate_per_s, latency_ns=found.latency_ns, histogram=found.histogram)
