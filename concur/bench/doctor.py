"""What this machine can measure, and what to do about what it cannot. Asks and judges; prints nothing."""

import os
import resource
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from concur.bench import cgroup, machine, power, procfs
from concur.bench.disturbances import Noise, by_topic
from concur.bench.placement import place, smt_siblings, usable_cpus
from concur.bench.probe import tracing
from concur.errors import MachineError

Verdict = Literal["ok", "limited", "missing"]

COARSE_CLOCK_NS = 1_000
MANY_DESCRIPTORS = 12_000  # ten thousand connections, and what else a process holds
MANY_PORTS = 20_000
LEAST_PARANOID_FOR_ALL = 1
BOOST_OFF = (
    "For rates that hold still: echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, "
    "or without that file: echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost"
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what was found, whether it suffices, what to do where it does not."""

    topic: str
    value: str
    verdict: Verdict = "ok"
    remedy: str = ""


def diagnose() -> list[Finding]:
    """All findings, those that matter most first. Takes under a second, a third of it to look at the machine."""
    return [
        _cores(),
        _placement(),
        _counters(),
        _run_delay(),
        _system_calls(),
        _perf(),
        _descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)),
        _compiler(),
        _ports(machine.ephemeral_ports()),
        _clock(clock_step_ns()),
        *_now(machine.listen()),
    ]


def _cores() -> Finding:
    cpus, everything = usable_cpus(), os.cpu_count() or 1
    usable = everything if cpus is None else len(cpus)
    value = f"{usable} of {everything} usable, {machine.cpu_model()}"
    if usable >= 2:
        return Finding(topic="cores", value=value)
    return Finding(
        topic="cores", value=value, verdict="limited", remedy="Allow two CPUs: the engine needs one of its own."
    )


def _placement() -> Finding:
    placement = place("pinned")
    if placement.name == "pinned" and not placement.reason:
        return Finding(topic="placement", value=f"target on CPU {placement.target}, engine on CPU {placement.engine}")
    remedy = "Compare rates of this machine only with its own."
    return Finding(topic="placement", value=f"{placement.name}: {placement.reason}", verdict="limited", remedy=remedy)


def _counters() -> Finding:
    if sys.platform != "linux":
        return Finding(topic="counters", value="psutil's alone", verdict="limited", remedy="Measure on Linux.")
    found = cgroup.hierarchies()
    why = "no hierarchy that counts CPU is mounted"
    for hierarchy in found:
        try:
            cgroup.Cgroup(hierarchy).remove()
            return Finding(topic="counters", value=f"cgroup v{hierarchy.version} at {hierarchy.here}, and /proc")
        except (OSError, MachineError) as error:
            why = str(error)
    remedy = "Run as root, or: systemd-run --user --scope -p Delegate=yes concur …"
    return Finding(topic="counters", value=f"/proc; no cgroup: {why}", verdict="limited", remedy=remedy)


def _run_delay() -> Finding:
    if procfs.has_schedstat():
        return Finding(topic="run-queue delay", value="/proc/PID/schedstat")
    remedy = "Boot a Linux kernel built with CONFIG_SCHED_INFO."
    return Finding(topic="run-queue delay", value="not shown by this kernel", verdict="missing", remedy=remedy)


def _system_calls() -> Finding:
    """By trying, as there are many ways to be forbidden."""
    try:
        source = tracing.available()
    except MachineError as error:
        remedy = "Install perf (Debian: linux-perf) and run as root, or install strace; CONCUR_TRACER takes one alone."
        return Finding(topic="system calls", value=error.why, verdict="missing", remedy=remedy)
    if source == "perf":
        return Finding(topic="system calls", value="counted by perf")
    remedy = "Run as root with perf (Debian: linux-perf): strace makes a server many times slower."
    return Finding(topic="system calls", value=f"counted by {source}", verdict="limited", remedy=remedy)


def _perf() -> Finding:
    perf, paranoid = shutil.which("perf"), _number(Path("/proc/sys/kernel/perf_event_paranoid"))
    if perf is None or paranoid is None:
        value = "no perf" if perf is None else "a kernel without perf events"
        return Finding(topic="profiles", value=value, verdict="missing", remedy="Install perf (Debian: linux-perf).")
    if paranoid > LEAST_PARANOID_FOR_ALL and os.geteuid() != 0:
        remedy = f"sudo sysctl kernel.perf_event_paranoid={LEAST_PARANOID_FOR_ALL}"
        return Finding(topic="profiles", value=f"perf_event_paranoid {paranoid}", verdict="limited", remedy=remedy)
    return Finding(topic="profiles", value=perf)


def _descriptors(limits: tuple[int, int]) -> Finding:
    """Target and engine raise their soft limit themselves; a command of the user's own does so or does not."""
    soft, hard = (sys.maxsize if limit == resource.RLIM_INFINITY else limit for limit in limits)
    value = _count(soft) if soft == hard else f"{_count(soft)}, which target and engine raise to {_count(hard)}"
    if hard >= MANY_DESCRIPTORS:
        return Finding(topic="descriptors", value=value)
    remedy = f"As root: ulimit -Hn {MANY_DESCRIPTORS}, or raise nofile in /etc/security/limits.conf."
    return Finding(topic="descriptors", value=value, verdict="limited", remedy=remedy)


def _count(limit: int) -> str:
    return "no limit" if limit == sys.maxsize else f"{limit:,}"


def _compiler() -> Finding:
    cc = shutil.which("cc")
    if cc:
        return Finding(topic="compiler", value=cc)
    remedy = "Install a C compiler (Debian: gcc libc6-dev); until then the Python engine sends the load."
    return Finding(topic="compiler", value="no cc", verdict="missing", remedy=remedy)


def _ports(ports: list[int] | None) -> Finding:
    if ports is None:
        return Finding(topic="ephemeral ports", value="not shown by this system", verdict="limited")
    count = ports[1] - ports[0] + 1
    value = f"{count:,} ({ports[0]}–{ports[1]})"
    if count >= MANY_PORTS:
        return Finding(topic="ephemeral ports", value=value)
    remedy = 'sudo sysctl net.ipv4.ip_local_port_range="15000 65000"'
    return Finding(topic="ephemeral ports", value=value, verdict="limited", remedy=remedy)


def clock_step_ns() -> int:
    """The smallest step of the monotonic clock that is seen in a thousand readings, reading it included."""
    readings = [time.monotonic_ns() for _ in range(1_000)]
    steps = [later - earlier for earlier, later in pairwise(readings) if later > earlier]
    return min(steps, default=sys.maxsize)


def _clock(step_ns: int) -> Finding:
    if step_ns <= COARSE_CLOCK_NS:
        return Finding(topic="clock", value=f"steps of {step_ns} ns or less")
    remedy = "Prefer the tsc: echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"
    return Finding(topic="clock", value=f"steps of {step_ns:,} ns", verdict="limited", remedy=remedy)


def _now(noise: Noise) -> list[Finding]:
    """What a look at the machine found, topic by topic: what is wrong with its remedy, else how it is."""
    as_it_is = {
        "noise now": "quiet",
        "CPU limit": "none" if noise.quota is None else f"{noise.quota:g} CPUs",
        "hyperthreads": _hyperthreads(smt_siblings(machine.our_cpus())),
        "CPU speed": _settings(noise.power),
    }
    found = [
        one
        for topic, sentences in by_topic(noise).items()
        for one in _limited(topic, sentences) or [Finding(topic=topic, value=as_it_is[topic])]
    ]
    return [*found, *_boost(noise.power)]


def _limited(topic: str, sentences: list[str]) -> list[Finding]:
    parts = (sentence.partition(": ") for sentence in sentences)
    return [Finding(topic=topic, value=what, verdict="limited", remedy=remedy) for what, _, remedy in parts]


def _hyperthreads(siblings: list[set[int]]) -> str:
    return f"{len(siblings)} cores have several; target and engine use one each" if siblings else "none is seen"


def _settings(now: power.Power) -> str:
    """What decides the clock, as far as it is shown."""
    known = {"governor": now.governor, "preference": now.preference, "profile": now.profile}
    told = [f"{name} {value}" for name, value in known.items() if value]
    return ", ".join(told) or "not shown by this system"


def _boost(now: power.Power) -> list[Finding]:
    """Worth knowing, but no reason not to start: rounds are shuffled, and ratios paired."""
    if not now.may_boost:
        return []
    value = "on: the clock rises while heat and the other cores allow"
    return [Finding(topic="CPU boost", value=value, verdict="limited", remedy=BOOST_OFF)]


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except OSError:
        return None
