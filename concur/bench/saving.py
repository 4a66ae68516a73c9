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


class ResultsFile:
    """The file of one record, written again as often as there is more in it. What could not be is in `error`."""

    def __init__(self, folder: Path, name: str, record: msgspec.Struct) -> None:
        self.path, self._record = folder / f"{name}.json", record
        self.error = ""

    def begin(self) -> None:
        """Make the folder, and write for the first time. Raises MachineError before anything is measured."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write(self.path, self._record)
        except OSError as error:
            raise MachineError(
                f"results cannot be written to {self.path.parent}",
                why=error.strerror or str(error),
                do="Change to a folder that can be written to, or make room.",
            ) from None

    def save(self) -> None:
        """A disk that fills up in mid-run does not stop the measuring: it is said at the end."""
        try:
            write(self.path, self._record)
            self.error = ""
        except OSError as error:
            self.error = f"results could not be saved to {self.path}: {error.strerror or error}"
