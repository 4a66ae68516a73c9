"""What the machine is, and what about it would spoil a measurement. Reads and judges; changes nothing."""

import platform
import resource
import socket
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil

from concur.bench.placement import smt_siblings, usable_cpus

CPU = Path("/sys/devices/system/cpu")

LOOK_S = 0.3  # how long the noise is listened to
BUSY_SHARE = 0.10  # of one CPU, used by others, from which on a result is not the target's alone
STOLEN_SHARE = 0.01
PRESSURE_PERCENT = 5.0  # of time that some task waited for a CPU (kernel doc accounting/psi.rst)
FEWEST_DESCRIPTORS = 4_096
SCARCE_MEMORY_SHARE = 0.05


def describe() -> dict[str, Any]:
    """The machine, as it is kept with every run; JSON values only, None where this system does not tell."""
    usable = usable_cpus()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    cpus = usable if usable is not None else tuple(range(psutil.cpu_count() or 1))
    return {
        "cpu": cpu_model(),
        "cpus": psutil.cpu_count(),
        "usable_cpus": list(cpus),
        "smt_siblings": [sorted(core) for core in smt_siblings(cpus)],
        "cpu_quota": cpu_quota(),
        "governor": _text(CPU / "cpu0/cpufreq/scaling_governor"),
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


def cpu_quota() -> float | None:
    """How many CPUs' worth of time a container is held to (cgroup v2 cpu.max); None where there is no limit."""
    here = next((line[3:] for line in (_text(Path("/proc/self/cgroup")) or "").splitlines() if line[:3] == "0::"), None)
    text = _text(Path(f"/sys/fs/cgroup{here}/cpu.max")) if here is not None else None
    quota, _, period = (text or "max").partition(" ")
    return None if quota == "max" else int(quota) / int(period)


def is_virtualised() -> bool | None:
    """Whether a hypervisor shows itself to the CPU; None where that cannot be asked."""
    flags = [line for line in (_text(Path("/proc/cpuinfo")) or "").splitlines() if line.startswith("flags")]
    return "hypervisor" in flags[0].split() if flags else None


def ephemeral_ports() -> list[int] | None:
    """The first and the last local port of outgoing connections."""
    text = _text(Path("/proc/sys/net/ipv4/ip_local_port_range"))
    return [int(word) for word in text.split()] if text else None


class CpuTimes(msgspec.Struct, frozen=True):
    """Seconds since boot, over all CPUs of the machine: all time, time in use, and time the hypervisor took."""

    total_s: float
    used_s: float
    stolen_s: float


def cpu_times() -> CpuTimes:
    """Read before and after a span; `stolen` and `used` say what happened in it."""
    times = psutil.cpu_times()._asdict()
    guests = times.get("guest", 0.0) + times.get("guest_nice", 0.0)  # contained in user and nice
    total, stolen = sum(times.values()) - guests, times.get("steal", 0.0)
    return CpuTimes(total, total - times["idle"] - times.get("iowait", 0.0) - stolen, stolen)


def stolen(before: CpuTimes, after: CpuTimes) -> float:
    """The share of all CPU time, 0 to 1, that the hypervisor gave to others between the two readings."""
    return _share(after.stolen_s - before.stolen_s, after.total_s - before.total_s)


def used(before: CpuTimes, after: CpuTimes) -> float:
    """The share of all CPU time, 0 to 1, that something ran in between the two readings."""
    return _share(after.used_s - before.used_s, after.total_s - before.total_s)


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole > 0 else 0.0


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What a short look at the machine at rest found."""

    cpus: int
    used_share: float  # of all CPU time
    stolen_share: float
    pressure_percent: float | None
    governor: str | None
    quota: float | None
    descriptors: int
    swapped_bytes: int  # during the look
    memory_free_share: float


def listen(seconds: float = LOOK_S) -> Noise:
    """Look at the machine for a while, in which the caller's own process does nothing."""
    before, swap_before = cpu_times(), _swapped_bytes()
    time.sleep(seconds)
    after, memory = cpu_times(), psutil.virtual_memory()
    return Noise(
        cpus=psutil.cpu_count() or 1,
        used_share=used(before, after),
        stolen_share=stolen(before, after),
        pressure_percent=pressure_percent(_text(Path("/proc/pressure/cpu"))),
        governor=_text(CPU / "cpu0/cpufreq/scaling_governor"),
        quota=cpu_quota(),
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        swapped_bytes=_swapped_bytes() - swap_before,
        memory_free_share=memory.available / memory.total,
    )


def _swapped_bytes() -> int:
    swap = psutil.swap_memory()
    return swap.sin + swap.sout


def pressure_percent(text: str | None) -> float | None:
    """«some avg10» of a pressure file: percent of the last 10 s in which some task waited. None without one."""
    words = (text or "").split()
    averages = [word.partition("=")[2] for word in words if word.startswith("avg10=")]
    return float(averages[0]) if averages else None


def warnings_before_start() -> list[str]:
    """What would spoil a run that begins now, each one sentence and its remedy. Takes LOOK_S seconds."""
    return judge(listen())


def judge(noise: Noise) -> list[str]:
    """The rules behind `warnings_before_start`."""
    found = (
        _busy(noise),
        _stolen(noise.stolen_share),
        _clock(noise.governor),
        _quota(noise),
        _descriptors(noise.descriptors),
        _memory(noise),
    )
    return [sentence for sentence in found if sentence]


def _busy(noise: Noise) -> str:
    busy_cpus = noise.used_share * noise.cpus
    if busy_cpus > BUSY_SHARE:
        return f"Other work uses {busy_cpus:.1f} of {noise.cpus} CPUs: end it, or expect wide intervals."
    if (noise.pressure_percent or 0.0) > PRESSURE_PERCENT:
        waited = f"{noise.pressure_percent:.0f} %"
        return (
            f"Tasks waited for a CPU in {waited} of the last 10 s: wait until the machine is quiet, then start again."
        )
    return ""


def _stolen(share: float) -> str:
    if share <= STOLEN_SHARE:
        return ""
    return f"The hypervisor gives {share:.0%} of the CPU time to other guests: measure on a machine of your own."


def _clock(governor: str | None) -> str:
    if governor not in ("powersave", "conservative", "ondemand"):
        return ""
    return f"The CPU's clock follows the load (governor {governor}): sudo cpupower frequency-set -g performance."


def _quota(noise: Noise) -> str:
    if noise.quota is None or noise.quota >= noise.cpus:
        return ""
    return (
        f"This container is stopped when it uses more than {noise.quota:g} of {noise.cpus} CPUs: raise its CPU limit."
    )


def _descriptors(limit: int) -> str:
    if limit == resource.RLIM_INFINITY or limit >= FEWEST_DESCRIPTORS:
        return ""
    return f"A process may hold only {limit} descriptors, too few for many connections: ulimit -n {FEWEST_DESCRIPTORS}."


def _memory(noise: Noise) -> str:
    if noise.swapped_bytes > 0:
        return "The machine is swapping: end what uses the memory."
    if noise.memory_free_share < SCARCE_MEMORY_SHARE:
        return f"Only {noise.memory_free_share:.0%} of the memory is free: end what uses it, or the machine will swap."
    return ""


def _text(path: Path) -> str | None:
    """A file of /proc or /sys without its last newline; None where this kernel has no such file, or hides it."""
    try:
        return path.read_text().rstrip("\n")
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text else None
