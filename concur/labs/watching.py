"""Watching the learner's file: each save, once it has settled, is one change. Tier 1.

An editor saves in several steps (a new file, a rename, times and modes set
after): they are one change if they come within the interval. watchfiles hears of
them from the kernel; where it is not installed, or refuses, the file is looked at
ten times a second. What must not live here: what is done about a change.
"""

import importlib.util
import os
import threading
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from concur.errors import MachineError

WAKE_MS = 200  # how often it is asked whether the watching is to end
LOOK_S = 0.1  # between two looks without watchfiles
NOTHING = b""


class Change(NamedTuple):
    """A file whose content is another one than before; is_there is False if it is gone, or empty."""

    path: Path
    is_there: bool


def changes(path: Path, *, interval_ms: int, stop: threading.Event) -> Iterator[Change | None]:
    """Each change of the file's content until `stop` is set; None some times a second in between.

    It is the content that counts: a file that is saved unchanged is no change. Raises MachineError where its folder
    is not there, or vanishes.
    """
    before = _content(path)
    hear = _heard if importlib.util.find_spec("watchfiles") else _looked
    for has_moved in hear(path, interval_ms, stop):
        now = _content(path) if has_moved else before
        if not path.parent.is_dir():
            raise _gone(path.parent)
        yield Change(path, now != NOTHING) if now != before else None
        before = now


def _heard(path: Path, interval_ms: int, stop: threading.Event) -> Iterator[bool]:
    """Whether something in the file's folder has moved, as the kernel tells."""
    from watchfiles import watch

    if not path.parent.is_dir():
        raise _gone(path.parent)
    try:
        for moved in watch(
            path.parent,
            watch_filter=None,
            debounce=interval_ms,
            step=min(50, interval_ms),
            stop_event=stop,
            rust_timeout=WAKE_MS,
            yield_on_timeout=True,
            recursive=False,
        ):
            yield bool(moved)
    except (OSError, RuntimeError):  # no more watches are to be had from the kernel, or none in this file system
        yield from _looked(path, interval_ms, stop)


def _looked(path: Path, interval_ms: int, stop: threading.Event) -> Iterator[bool]:
    """Whether the file has another time, size or identity, and has had them for the interval."""
    seen = settling = _signature(path)
    since_s = time.monotonic()
    while not stop.wait(LOOK_S):
        now, now_s = _signature(path), time.monotonic()
        if now != settling:
            settling, since_s = now, now_s
        has_moved = settling != seen and now_s - since_s >= interval_ms / 1000
        seen = settling if has_moved else seen
        yield has_moved


def _signature(path: Path) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _content(path: Path) -> bytes:
    """A digest of the file; NOTHING if there is none, or it is empty, as it is for a moment while it is written."""
    try:
        content = path.read_bytes()
    except OSError:
        return NOTHING
    return blake2b(content, digest_size=16).digest() if content else NOTHING


def _gone(folder: Path) -> MachineError:
    return MachineError(
        f"the folder {folder} is not there",
        why="it has been deleted or moved",
        do="`concur labs start` brings it back, with your work as it was last kept.",
    )
