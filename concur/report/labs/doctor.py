"""What a machine has for the labs. Tier 2."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from concur.report.labs.screen import CARE, GOOD, Screen


def show_doctor(found: Mapping[str, Sequence[Mapping[str, Any]]], screen: Screen) -> None:
    """The needs, what they mean for the labs, the Pythons, and the libraries that are missing."""
    screen.line("What labs may need", "bold")
    for one in found["needs"]:
        _row(screen, one["need"], not one["missing"], one["missing"] or "is there")
    screen.heading("Labs")
    if not found["labs"]:
        screen.line("All gates of all labs can be checked here.")
    for one in found["labs"]:
        for reason in dict.fromkeys(one["gates"].values()):
            count = sum(value == reason for value in one["gates"].values())
            screen.hanging(
                screen.mark("–", CARE),
                f"lab {one['lab']}, {one['title']}: {count} of {one['of']} gates skipped, with credit: {reason}",
            )
    screen.heading("Pythons")
    for one in found["interpreters"]:
        told = one["broken"] or f"{one['python']}, GIL {one['gil']}"
        _row(screen, one["name"], not one["broken"], told)
    for one in found["libraries"]:
        if not one["is_there"]:
            screen.hanging(
                screen.mark("!", CARE), f"{one['library']} is not installed: {one['for']} needs it. pip install it."
            )


def _row(screen: Screen, name: str, is_good: bool, told: str) -> None:
    mark = screen.mark("✓", GOOD) if is_good else screen.mark("–", CARE)
    lead = Text(f"{name}: ") if screen.is_plain else mark + Text(f"{name:<18} ")
    screen.hanging(lead, told)
