"""What would spoil a measurement, and its remedy: rules over a short look at the machine. Pure; `machine.py` looks.

Each rule gives one sentence, «what is so: what to do», or none.
"""

import resource
from collections.abc import Callable

import msgspec

from concur.bench.power import Power

BUSY_SHARE = 0.10  # of one CPU, used by others, from which on a result is not the target's alone
STOLEN_SHARE = 0.01
PRESSURE_PERCENT = 5.0  # of time that some task waited for a CPU (kernel doc accounting/psi.rst)
FEWEST_DESCRIPTORS = 4_096  # where nobody says how many connections there will be
SPARE_DESCRIPTORS = 100  # of a process that holds connections: its libraries, pipes and logs
SCARCE_MEMORY_SHARE = 0.05
FOLLOWS_LOAD = ("powersave", "conservative", "ondemand", "schedutil")
SAVING_PROFILES = ("low-power", "cool", "quiet")


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What a short look at the machine at rest found."""

    cpus: int
    used_share: float  # of all CPU time
    stolen_share: float
    pressure_percent: float | None
    quota: float | None  # CPUs' worth of time
    stopped_ns: int = 0  # that the quota held tasks back for, during the look
    too_hot: int = 0  # how often CPUs were slowed down, during the look
    power: Power = Power()
    shared_core: tuple[int, ...] = ()  # the CPUs of one core, where target and engine would share it
    descriptors: int  # that a process may raise its limit to
    swapped_bytes: int  # during the look
    memory_free_share: float


def judge(noise: Noise, connections: int = 0) -> list[str]:
    """All that would spoil a run, the worst first. connections: the most that a scenario of the run holds, if known."""
    found = [sentence for sentences in by_topic(noise).values() for sentence in sentences]
    return [*found, *filter(None, [_descriptors(noise.descriptors, connections)])]


def by_topic(noise: Noise) -> dict[str, list[str]]:
    """What is to be said of each topic of RULES; nothing of most of them, if all is well."""
    return {topic: [sentence for rule in rules if (sentence := rule(noise))] for topic, rules in RULES.items()}


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


def _stolen(noise: Noise) -> str:
    share = noise.stolen_share
    if share <= STOLEN_SHARE:
        return ""
    return f"The hypervisor gives {share:.0%} of the CPU time to other guests: measure on a machine of your own."


def _quota(noise: Noise) -> str:
    if noise.stopped_ns > 0:
        return (
            f"This container was stopped for {noise.stopped_ns / 1e6:.0f} ms just now, its CPU time being used up: "
            "raise its CPU limit, or end what uses it."
        )
    if noise.quota is None or noise.quota >= noise.cpus:
        return ""
    return (
        f"This container is stopped when it uses more than {noise.quota:g} of {noise.cpus} CPUs: raise its CPU limit."
    )


def _heat(noise: Noise) -> str:
    if noise.too_hot <= 0:
        return ""
    return "CPUs were slowed down just now, as they are too hot: let the machine cool, and see that its fans run."


def _shared_core(noise: Noise) -> str:
    if not noise.shared_core:
        return ""
    cpus = " and ".join(map(str, noise.shared_core))
    return (
        f"Target and engine would share one core, as CPUs {cpus} are its hyperthreads, and slow each other down: "
        "allow CPUs of two cores (taskset -c), or compare this machine's rates only with one another."
    )


def _clock(noise: Noise) -> str:
    """A governor that follows the load is as good as a fixed clock where the CPU's own hint says «performance»."""
    power = noise.power
    if power.governor not in FOLLOWS_LOAD or power.preference == "performance":
        return ""
    hint = f", preference {power.preference}" if power.preference else ""
    what = f"The CPU's clock follows the load (governor {power.governor}{hint})"
    return f"{what}: sudo cpupower frequency-set -g performance."


def _profile(noise: Noise) -> str:
    if noise.power.profile not in SAVING_PROFILES:
        return ""
    return (
        f"The machine saves power (profile {noise.power.profile}): "
        "echo performance | sudo tee /sys/firmware/acpi/platform_profile."
    )


def _battery(noise: Noise) -> str:
    return "The machine runs on its battery, and may save power: plug it in." if noise.power.on_battery else ""


def _memory(noise: Noise) -> str:
    if noise.swapped_bytes > 0:
        return "The machine is swapping: end what uses the memory."
    if noise.memory_free_share < SCARCE_MEMORY_SHARE:
        return f"Only {noise.memory_free_share:.0%} of the memory is free: end what uses it, or the machine will swap."
    return ""


def _descriptors(limit: int, connections: int) -> str:
    """Target and engine raise their own soft limit, so that the hard one counts."""
    needed = connections + SPARE_DESCRIPTORS if connections else FEWEST_DESCRIPTORS
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return ""
    what = f"for {connections} connections" if connections else "for many connections"
    return f"A process may hold only {limit} descriptors, too few {what}: as root, ulimit -Hn {needed}."


RULES: dict[str, tuple[Callable[[Noise], str], ...]] = {
    "noise now": (_busy, _stolen, _heat, _memory),
    "CPU limit": (_quota,),
    "hyperthreads": (_shared_core,),
    "CPU speed": (_clock, _profile, _battery),
}
