"""What a lab measures, kept as a result: some figures of the talk are these. Runs a lab's evidence; draws nothing."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from concur.errors import TargetError, UsageError

SCHEMA = 1


class Evidence(msgspec.Struct, kw_only=True):
    """The figures that a lab's evidence gave with its solution."""

    schema: int = SCHEMA
    id: str
    started_at: str
    lab: int
    python: str
    machine: dict[str, Any]
    values: dict[str, Any]


def measure(number: int, folder: Path) -> Path:
    """Run a lab's evidence; the file of what it found. Raises ConcurError where there is no such lab, or it fails."""
    from concur.bench import machine
    from concur.bench.saving import ResultsFile
    from concur.labs import evidence
    from concur.labs.course import OURS, load_course

    lab, now = load_course(OURS).lab(str(number)), datetime.now(UTC)
    found = evidence.measure(lab, lab.folder / "solution.py")
    if found.error:
        raise TargetError(f"lab {number} measured nothing", why=found.error.splitlines()[0])
    kept = Evidence(
        id=f"lab-{number:02}-{now:%Y%m%d-%H%M%S}-{os.getpid()}",
        started_at=now.isoformat(timespec="seconds"),
        lab=number,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        machine=machine.describe(),
        values=found.values,
    )
    file = ResultsFile(folder, kept.id, kept)
    file.begin()
    return file.path


def load(path: Path) -> Evidence:
    """Raises UsageError where the file is none."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Evidence)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} is no evidence of a lab", why=str(error), do="Measure again.") from None
    if found.schema != SCHEMA:
        raise UsageError(f"{path} is of schema {found.schema}, this concur reads {SCHEMA}", do="Measure again.")
    return found
