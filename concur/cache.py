"""Where concur keeps what it can make again: the compiled engine, tier-0 trees, environments. Tier 1."""

import os
from pathlib import Path

import platformdirs

from concur.errors import MachineError


def cache_folder(*parts: str) -> Path:
    """The cache folder, or a folder in it, made if need be.

    `CONCUR_CACHE` names it; else it is the user's cache folder for concur.
    Raises MachineError where it cannot be made or written to.
    """
    root = os.environ.get("CONCUR_CACHE") or platformdirs.user_cache_path("concur")
    folder = Path(root).absolute().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from None
    if not os.access(folder, os.W_OK):
        raise _unusable(folder, "it is not writable")
    return folder


def _unusable(folder: Path, why: str) -> MachineError:
    return MachineError(
        f"the cache folder {folder} cannot be used", why=why, do="Set CONCUR_CACHE to a folder that can be."
    )
