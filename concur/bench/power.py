"""How fast the CPUs run, as far as the system says what decides it: governors, boost, heat, the power supply.

Read from sysfs (kernel doc admin-guide/pm/cpufreq.rst and intel_pstate.rst,
ABI/testing/sysfs-platform_profile); a virtual machine mostly shows none of it.
What must not live here: what is to be said of it, which is `disturbances.py`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import psutil

SYSTEM = Path("/sys")
# The worst first: of CPUs that differ, it is the one told.
SLOWEST_FIRST = ("powersave", "conservative", "ondemand", "schedutil", "userspace", "performance")
PREFERENCES = ("power", "balance_power", "default", "balance_performance", "performance")


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What decides the clock of the CPUs that may be used; None where the system does not say.

    preference is the hint that the CPU's own governor follows, where it has one
    (energy_performance_preference). may_boost: above the nominal clock, for as
    long as heat and the other cores allow.
    """

    governor: str | None = None
    preference: str | None = None
    may_boost: bool | None = None
    profile: str | None = None  # platform_profile: the maker's modes, such as low-power
    on_battery: bool | None = None


def read(cpus: Iterable[int], system: Path = SYSTEM) -> Power:
    """The power settings of these CPUs. system: where sysfs is mounted."""
    folders = [system / f"devices/system/cpu/cpu{cpu}/cpufreq" for cpu in cpus]
    return Power(
        governor=_first_of(SLOWEST_FIRST, (_text(folder / "scaling_governor") for folder in folders)),
        preference=_first_of(PREFERENCES, (_text(folder / "energy_performance_preference") for folder in folders)),
        may_boost=may_boost(system),
        profile=_text(system / "firmware/acpi/platform_profile"),
        on_battery=on_battery(),
    )


def may_boost(system: Path = SYSTEM) -> bool | None:
    """Whether the clock may rise above its nominal value: intel_pstate's no_turbo, else the driver's boost."""
    no_turbo = _text(system / "devices/system/cpu/intel_pstate/no_turbo")
    if no_turbo is not None:
        return no_turbo == "0"
    boost = _text(system / "devices/system/cpu/cpufreq/boost")
    return None if boost is None else boost == "1"


def on_battery() -> bool | None:
    """Whether a battery is all there is; None without one, and where that cannot be asked."""
    ask: Callable[[], object] | None = getattr(psutil, "sensors_battery", None)
    battery = ask() if ask else None
    plugged = getattr(battery, "power_plugged", None)
    return None if plugged is None else not plugged


def too_hot(system: Path = SYSTEM) -> int:
    """How often CPUs were slowed down since boot, as they were too hot; 0 where nobody counts it."""
    counts = (system / "devices/system/cpu").glob("cpu[0-9]*/thermal_throttle/*_throttle_count")
    return sum(int(text) for text in map(_text, counts) if text and text.isdecimal())


def _first_of(order: tuple[str, ...], found: Iterable[str | None]) -> str | None:
    """The first in this order of those found; what is in no order, such as a number, comes last."""
    known = [each for each in found if each]
    return min(known, key=lambda each: order.index(each) if each in order else len(order), default=None)


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None
