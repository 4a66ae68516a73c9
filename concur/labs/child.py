"""A job under a warden, as the runner sees it: however it goes, it comes back with how it ended. Tier 1.

The runner takes in what a killed warden leaves (it is a subreaper meanwhile), and
ends it: nothing of the learner's is alive when `run` returns. What must not live
here: what an ending means (`endings.py`).
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from concur.errors import MachineError
from concur.labs import tree
from concur.labs.job import NO_START, START_S, Ended, Job, job_line

LATE_S = 20.0  # beyond all of a job's own limits: a warden that says nothing until then has been stopped
LOOK_S = 0.5  # between two looks at whether the warden has been stopped
READ_BYTES = 1 << 20
KILLED, STOPPED = "warden killed", "warden stopped"  # endings that only the runner can tell
BARE = ["-S"] if sys.platform == "linux" else []  # it starts sooner; elsewhere it needs psutil
SOURCES = Path(__file__).resolve().parents[2]


def run(job: Job) -> Ended:
    """Run it to its end. Raises MachineError where no process is to be had."""
    is_subreaper = tree.become_subreaper()
    with tempfile.TemporaryFile() as errors:
        warden = _start(errors)
        _, began = tree.session_and_start(warden.pid)
        answer = None
        try:
            answer = _converse(warden, job)
        finally:
            _end(warden, began)
            if is_subreaper:
                tree.become_subreaper(False)
        if answer is None:
            return Ended(STOPPED)
        return _read(answer, warden.returncode, errors)


def _start(errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, (str(SOURCES), os.environ.get("PYTHONPATH"))))
    try:
        return subprocess.Popen(
            [sys.executable, *BARE, "-P", "-m", "concur.labs.warden"],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is the runner's
        )
    except OSError as error:
        raise MachineError(
            "a check cannot be started", why=error.strerror or str(error), do="`concur doctor` says more."
        ) from None


def _converse(warden: "subprocess.Popen[bytes]", job: Job) -> bytes | None:
    """All it says, up to its end; None if it has not ended in time. Its standard input stays open meanwhile."""
    assert warden.stdin
    assert warden.stdout
    try:
        warden.stdin.write(job_line(job))
        warden.stdin.flush()
    except BrokenPipeError:
        pass  # then it has nothing to say either
    until_s, answer = time.monotonic() + START_S + job.limits.seconds + LATE_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(warden.stdout, selectors.EVENT_READ)
        while time.monotonic() < until_s and not tree.is_stopped(warden.pid):
            if selector.select(LOOK_S):
                data = os.read(warden.stdout.fileno(), READ_BYTES)
                if not data:
                    return answer
                answer += data
    return None


def _end(warden: "subprocess.Popen[bytes]", began: int) -> None:
    """The warden ends what it watches when its standard input closes; what it could not is ended here."""
    assert warden.stdin
    assert warden.stdout
    for stream in (warden.stdin, warden.stdout):
        with suppress(BrokenPipeError):
            stream.close()
    try:
        warden.wait(0 if tree.is_stopped(warden.pid) else LATE_S)
    except subprocess.TimeoutExpired:
        warden.kill()
        warden.wait()
    tree.end(lambda: _orphans(began))


def _orphans(began: int) -> list[int]:
    """Children of this process that are in a session of others, and no older than the warden; and all below those.

    A process that the runner itself has started shares the runner's session.
    """
    found, own = [], os.getsid(0)
    for child in tree.children(os.getpid()):
        session, start = tree.session_and_start(child)
        if session != own and start >= began > 0:
            found += [child, *tree.below(child)]
    return found


def _read(answer: bytes, status: int, errors: IO[bytes]) -> Ended:
    if status < 0:
        return Ended(KILLED, status)
    try:
        return Ended(**json.loads(answer))
    except (ValueError, TypeError):
        errors.seek(0)
        return Ended(NO_START, problem=errors.read(READ_BYTES).decode(errors="replace") or f"status {status}")
