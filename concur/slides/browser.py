"""A headless Chromium that is told what to do by a pipe (DevTools protocol); it listens on no port. Starts a process.

<https://chromedevtools.github.io/devtools-protocol/>: JSON messages with a zero byte
behind each, to its descriptor 3 and from its descriptor 4.
"""

import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from concur.errors import MachineError

PATIENCE_S = 120.0
READ_BYTES = 1 << 20
LOOK_S = 0.05
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
)
# What runs before it: the pipes become its descriptors 3 and 4.
ENTER = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execvp(sys.argv[3], sys.argv[3:])"""
GONE = "it ended"
LAST_WORDS_S = 5.0
DO = "The HTML is complete."


class Browser:
    """One that runs; `open` gives a page's session."""

    def __init__(self, process: "subprocess.Popen[bytes]", asks: int, hears: int, errors: Any) -> None:
        self._process, self._asks, self._hears, self._errors = process, asks, hears, errors
        self._number, self._unread = 0, b""
        self._until_s = time.monotonic() + PATIENCE_S

    def open(self, url: str) -> str:
        """A page that begins to load; its session."""
        target = self.call("Target.createTarget", url=url)["targetId"]
        return str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def wait_for(self, session: str, claim: str) -> None:
        """Until a JavaScript expression is true in the page. Raises MachineError where that takes too long."""
        while not self.call("Runtime.evaluate", session, expression=claim).get("result", {}).get("value"):
            if time.monotonic() > self._until_s:
                raise self._failed("the page did not get ready")
            time.sleep(LOOK_S)

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """One command, and its result. Raises MachineError where the browser refuses it or is gone."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        try:
            _write(self._asks, json.dumps(message).encode() + b"\0")
        except OSError:
            raise self._failed(GONE) from None
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise self._failed(str(answer["error"].get("message", "")))
                return dict(answer["result"])

    def _read(self) -> bytes:
        """The next message."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._hears, selectors.EVENT_READ)
            while b"\0" not in self._unread:
                if not selector.select(max(0.0, self._until_s - time.monotonic())):
                    raise self._failed(f"it took more than {PATIENCE_S:.0f} s")
                data = os.read(self._hears, READ_BYTES)
                if not data:
                    raise self._failed(GONE)
                self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        return message

    def _failed(self, why: str) -> MachineError:
        """The error, with the browser's own last words where it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_S if why == GONE else 0)
            self._errors.seek(0)
            said = self._errors.read(READ_BYTES).decode(errors="replace").strip().splitlines()
            why = f"status {self._process.returncode}{f': {said[-1]}' if said else ''}"
        return MachineError("the browser failed", why=why, do=DO)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@contextmanager
def started(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own; both are gone afterwards. Raises MachineError where it does not start."""
    (reads, asks), (hears, writes) = _pipe(), _pipe()
    profile = tempfile.TemporaryDirectory(prefix="concur-slides-", ignore_cleanup_errors=True)
    with profile, tempfile.TemporaryFile() as errors:
        try:
            process = _start(program, profile.name, reads, writes, errors)
        finally:
            os.close(reads)
            os.close(writes)
        try:
            yield Browser(process, asks, hears, errors)
        finally:
            os.close(asks)
            os.close(hears)
            _end(process)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are not among the first descriptors, which the browser's own will be."""
    low = os.pipe()
    reads, writes = (fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in low)
    for one in low:
        os.close(one)
    return reads, writes


def _start(program: str, profile: str, reads: int, writes: int, errors: Any) -> "subprocess.Popen[bytes]":
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # Chromium's own rule for root
    command = [sys.executable, "-I", "-S", "-c", ENTER, str(reads), str(writes), program]
    command += [*FLAGS, *root, f"--user-data-dir={profile}"]
    try:
        return subprocess.Popen(
            command,
            pass_fds=(reads, writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    except OSError as error:
        raise MachineError("the browser cannot be started", why=error.strerror or str(error), do=DO) from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """It ends when its pipe does; what has not by then is ended, with what it started."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(LAST_WORDS_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
