"""Keeping what was measured: a file is whole or not there. Tier 1."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

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
