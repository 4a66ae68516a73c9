"""What the machine is, and how it is doing now: asked before a run, and kept with it. Reads; changes nothing.

What would spoil a measurement is judged in `disturbances.py`.
"""

import platform
import resource
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil

from concur.bench import power, quota
from concur.bench.disturbances import Noise, judge
from concur.bench.placement import Placement, place, smt_siblings, usable_cpus

LOOK_S = 0.3  # how long the noise is listened to


def describe() -> dict[str, Any]:
    """The machine, as it is kept with every run; JSON values only, None where this system does not tell."""
    cpus = our_cpus()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {
        "cpu": cpu_model(),
        "cpus": psutil.cpu_count(),
        "usable_cpus": list(cpus),
        "smt_siblings": [sorted(core) for core in smt_siblings(cpus)],
        "cpu_quota": quota.read().cpus,
        "power": msgspec.to_builtins(power.read(cpus)),
        "virtualised": is_virtualised(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "descriptors_soft": soft,
        "descriptors_hard": hard,
        "somaxconn": _number(Path("/proc/sys/net/core/somaxconn")) or socket.SOMAXCONN,
        "ephemeral_ports": ephemeral_ports(),
    }


def cpu_model() -> str:
    """The CPU's name as the kernel gives it, else the architecture."""
    for line in (_text(Path("/proc/cpuinfo")) or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def our_cpus() -> tuple[int, ...]:
    """The CPUs that target and engine may use: of this process's affinity, or all where that cannot be asked."""
    usable = usable_cpus()
    return tuple(range(psutil.cpu_count() or 1)) if usable is None else usable


def is_virtualised() -> bool | None:
    """Whether a hypervisor shows itself to the CPU; None where that cannot be asked."""
    flags = [line for line in (_text(Path("/proc/cpuinfo")) or "").splitlines() if line.startswith("flags")]
    return "hypervisor" in flags[0].split() if flags else None


def ephemeral_ports() -> list[int] | None:
    """The first and the last local port of outgoing connections."""
    text = _text(Path("/proc/sys/net/ipv4/ip_local_port_range"))
    return [int(word) for word in text.split()] if text else None


class CpuTimes(msgspec.Struct, frozen=True):
    """Seconds since boot, over all CPUs of the machine: time at rest, in use, and taken by the hypervisor."""

    idle_s: float
    used_s: float
    stolen_s: float


def cpu_times() -> CpuTimes:
    """Read before and after a span; `stolen` and `used` say what happened in it."""
    times = psutil.cpu_times()._asdict()
    guests = times.get("guest", 0.0) + times.get("guest_nice", 0.0)  # contained in user and nice
    idle, stolen = times["idle"] + times.get("iowait", 0.0), times.get("steal", 0.0)
    return CpuTimes(idle, sum(times.values()) - guests - idle - stolen, stolen)


def stolen(before: CpuTimes, after: CpuTimes) -> float:
    """The share of all CPU time, 0 to 1, that the hypervisor gave to others between the two readings."""
    return _shares(before, after)[2]


def used(before: CpuTimes, after: CpuTimes) -> float:
    """The share of all CPU time, 0 to 1, that something ran in between the two readings."""
    return _shares(before, after)[1]


def _shares(before: CpuTimes, after: CpuTimes) -> tuple[float, ...]:
    """At rest, in use, stolen. A counter that ran backwards, as idle time does on some kernels (proc(5)) and steal
    under some hypervisors, counts as having stood still, so that it takes nothing from the others.
    """
    pairs = zip(msgspec.structs.astuple(before), msgspec.structs.astuple(after), strict=True)
    spans = [max(late - early, 0.0) for early, late in pairs]
    whole = sum(spans)
    return tuple(span / whole if whole > 0 else 0.0 for span in spans)


def listen(seconds: float = LOOK_S) -> Noise:
    """Look at the machine for a while, in which the caller's own process does nothing."""
    before, swapped, stopped_ns, hot = cpu_times(), _swapped_bytes(), quota.read().stopped_ns, power.too_hot()
    time.sleep(seconds)
    after, memory, limits, cpus = cpu_times(), psutil.virtual_memory(), quota.read(), our_cpus()
    return Noise(
        cpus=psutil.cpu_count() or 1,
        used_share=used(before, after),
        stolen_share=stolen(before, after),
        pressure_percent=pressure_percent(_text(Path("/proc/pressure/cpu"))),
        quota=limits.cpus,
        stopped_ns=limits.stopped_ns - stopped_ns,
        too_hot=power.too_hot() - hot,
        power=power.read(cpus),
        shared_core=shared_core(place("pinned"), smt_siblings(cpus)),
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        swapped_bytes=_swapped_bytes() - swapped,
        memory_free_share=memory.available / memory.total,
    )


def shared_core(placement: Placement, siblings: Sequence[set[int]]) -> tuple[int, ...]:
    """The CPUs of the core that target and engine would share, being hyperthreads of it; none where they do not."""
    if placement.name != "pinned":
        return ()
    target, engine = set(placement.target or ()), set(placement.engine or ())
    return next((tuple(sorted(core)) for core in siblings if core & target and core & engine), ())


def _swapped_bytes() -> int:
    swap = psutil.swap_memory()
    return swap.sin + swap.sout


def pressure_percent(text: str | None) -> float | None:
    """«some avg10» of a pressure file: percent of the last 10 s in which some task waited. None without one."""
    words = (text or "").split()
    averages = [word.partition("=")[2] for word in words if word.startswith("avg10=")]
    return float(averages[0]) if averages else None


def warnings_before_start(connections: int = 0) -> list[str]:
    """What would spoil a run that begins now, each one sentence and its remedy. Takes LOOK_S seconds.

    connections: the most that a scenario of the run holds, active, idle and stuck, if that is known.
    """
    return judge(listen(), connections)


def _text(path: Path) -> str | None:
    """A file of /proc or /sys without its last newline; None where this kernel has no such file, or hides it."""
    try:
        return path.read_text().rstrip("\n")
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text else None
