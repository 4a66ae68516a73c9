"""Where concur keeps what it can make again: the compiled engine, tier-0 trees, environments. Tier 1."""

import os
from pathlib import Path

import platformdirs

from concur.errors import MachineError


def cache_root() -> Path:
    """The cache folder, there or not: `CONCUR_CACHE` names it; else it is the user's cache folder for concur."""
    return Path(os.environ.get("CONCUR_CACHE") or platformdirs.user_cache_path("concur")).absolute()


def cache_folder(*parts: str) -> Path:
    """The cache folder, or a folder in it, made if need be.

    Raises MachineError where it cannot be made or written to.
    """
    folder = cache_root().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable_cache(folder, error.strerror or str(error)) from None
    if not os.access(folder, os.W_OK):
        raise unusable_cache(folder, "it is not writable")
    return folder


def unusable_cache(folder: Path, why: str) -> MachineError:
    """The error for a cache folder that refuses or has no room."""
    do = "Set CONCUR_CACHE to a folder that can be."
    if "space left" in why or "quota" in why:
        do = "Make room there, or set CONCUR_CACHE to another folder."
    return MachineError(f"the cache folder {folder} cannot be used", why=why, do=do)
