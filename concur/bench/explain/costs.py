"""What system calls cost on this machine, measured now: `syscall_costs.c` compiled, run and read. Tier 1; Linux.

What must not live here: what the costs are used for; that is `costmodel.py`.
"""

import subprocess
import sys
from collections.abc import Iterable
from importlib import resources

import msgspec

from concur.bench.placement import Placement
from concur.errors import MachineError
from concur.load.build import compiled

ABOUT_S = 2.0  # seen with two payloads on two quiet cores; some more where others use them
PATIENCE_S = 60.0
WHAT = "the costs of system calls cannot be measured"


def measure(payloads_bytes: Iterable[int], placement: Placement) -> dict[str, float]:
    """CPU time in nanoseconds of one of each: a call by its name, a switch, a page fault, a message's bytes.

    Placed like a trial's: the first of the target's CPUs for the one measured, the engine's for its peer. Each
    payload adds "N bytes received" and "N bytes sent". Nothing is cached, as a machine's costs change with its
    neighbours and its clock; it takes about ABOUT_S. The keys are explained in the source. Raises MachineError
    without Linux, without a compiler, and where the program fails.
    """
    if sys.platform != "linux":
        raise MachineError(WHAT, why=f"the program that does it is for Linux, and this is {sys.platform}")
    words = [_cpu(placement.target), _cpu(placement.engine), *map(str, dict.fromkeys(payloads_bytes))]
    return read(_run([_program(), *words]))


def read(output: bytes) -> dict[str, float]:
    """The program's answer. Raises MachineError for anything but an object of finite costs that are not negative."""
    try:
        costs = msgspec.json.decode(output, type=dict[str, float])
    except msgspec.MsgspecError as error:
        raise MachineError(WHAT, why=f"what measures them answered {output[:80]!r} ({error})") from None
    if bad := [name for name, ns in costs.items() if not 0 <= ns < float("inf")]:
        raise MachineError(WHAT, why=f"what measures them gave no time for {', '.join(bad)}")
    return costs


def _cpu(cpus: tuple[int, ...] | None) -> str:
    """The first of them; -1 leaves it to the scheduler."""
    return str(cpus[0]) if cpus else "-1"


def _program() -> str:
    source = resources.files("concur.bench.explain").joinpath("syscall_costs.c").read_bytes()
    try:
        return str(compiled(source, "syscall-costs", ("-pthread",)))
    except MachineError as error:
        do = "Install a C compiler (apt-get install gcc libc6-dev), or name one in CC."
        raise MachineError(WHAT, why=error.why or error.what, do=do) from None


def _run(command: list[str]) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False, start_new_session=True)
    except subprocess.TimeoutExpired:
        raise MachineError(WHAT, why=f"it took more than {PATIENCE_S:.0f} s", do="Try when less else runs.") from None
    except OSError as error:
        do = "Set CONCUR_CACHE to a folder that programs may run from."
        raise MachineError(WHAT, why=error.strerror or str(error), do=do) from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise MachineError(WHAT, why=said or f"what measures them ended with status {done.returncode}")
    return done.stdout
