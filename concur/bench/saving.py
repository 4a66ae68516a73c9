"""Keeping what was measured: a file is whole or not there. Tier 1."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from concur.errors import MachineError

RESULTS = Path(".concur/results")


def write(path: Path, record: msgspec.Struct) -> None:
    """The record as JSON, written beside and then renamed. Raises OSError, and leaves nothing half written."""
    beside = path.with_suffix(".tmp")
    try:
        beside.write_bytes(msgspec.json.encode(record))
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def begin(path: Path, record: msgspec.Struct) -> None:
    """Make the folder, and write the record for the first time. Raises MachineError before anything is measured."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, record)
    except OSError as error:
        raise MachineError(
            f"results cannot be written to {path.parent}",
            why=error.strerror or str(error),
            do="Change to a folder that can be written to, or make room.",
        ) from None
