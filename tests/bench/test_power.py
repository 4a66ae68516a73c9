"""What decides the CPUs' speed, read from made-up trees."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from concur.bench import power


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return root


CPU = "devices/system/cpu"


def test_of_cpus_that_differ_the_slowest_setting_is_told(tmp_path: Path) -> None:
    files = {
        f"{CPU}/cpu0/cpufreq/scaling_governor": "performance",
        f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave",
        f"{CPU}/cpu0/cpufreq/energy_performance_preference": "128",
        f"{CPU}/cpu1/cpufreq/energy_performance_preference": "balance_power",
        "firmware/acpi/platform_profile": "low-power",
    }
    found = power.read((0, 1), tree(tmp_path, files))
    assert (found.governor, found.preference, found.profile) == ("powersave", "balance_power", "low-power")


def test_only_cpus_that_may_be_used_count(tmp_path: Path) -> None:
    files = {
        f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave",
        f"{CPU}/cpu1/cpufreq/scaling_governor": "performance",
    }
    assert power.read((1,), tree(tmp_path, files)).governor == "performance"


def test_a_system_without_such_files_says_nothing(tmp_path: Path) -> None:
    found = power.read((0, 1), tmp_path)
    assert (found.governor, found.preference, found.may_boost, found.profile) == (None, None, None, None)
    assert power.too_hot(tmp_path) == 0


@pytest.mark.parametrize(
    ("files", "may"),
    [
        ({f"{CPU}/intel_pstate/no_turbo": "0"}, True),
        ({f"{CPU}/intel_pstate/no_turbo": "1", f"{CPU}/cpufreq/boost": "1"}, False),
        ({f"{CPU}/cpufreq/boost": "1"}, True),
        ({f"{CPU}/cpufreq/boost": "0"}, False),
        ({}, None),
    ],
)
def test_boost_is_told_by_either_driver(tmp_path: Path, files: dict[str, str], may: bool | None) -> None:
    assert power.may_boost(tree(tmp_path, files)) is may


def test_heat_is_counted_over_all_cpus(tmp_path: Path) -> None:
    files = {
        f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "2",
        f"{CPU}/cpu0/thermal_throttle/package_throttle_count": "3",
        f"{CPU}/cpu11/thermal_throttle/core_throttle_count": "4",
        f"{CPU}/cpu11/thermal_throttle/core_throttle_total_time_ms": "900",
    }
    assert power.too_hot(tree(tmp_path, files)) == 9


@pytest.mark.parametrize(("plugged", "told"), [(True, False), (False, True), (None, None)])
def test_a_battery_is_told_only_where_it_is_all_there_is(
    monkeypatch: pytest.MonkeyPatch, plugged: bool | None, told: bool | None
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: SimpleNamespace(power_plugged=plugged), raising=False)
    assert power.on_battery() is told


def test_without_a_battery_or_a_way_to_ask_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert power.on_battery() is None
    monkeypatch.delattr(psutil, "sensors_battery")
    assert power.on_battery() is None
