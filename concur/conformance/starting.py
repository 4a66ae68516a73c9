"""Promise 9: what cannot start says so in one line, with status 2. Tier 1."""

import socket
import subprocess
from collections.abc import Iterator

from concur.bench.launch import Launch
from concur.bench.target import spawn
from concur.conformance.peers import PATIENCE_S
from concur.conformance.results import Check
from concur.conformance.subject import Subject

REFUSED = 2  # the exit status
START_S = PATIENCE_S + 5.0  # an interpreter may be slow to come up


def refuses_in_one_line(subject: Subject) -> Iterator[Check]:
    """Promise 9: with its address in use or a library missing it says so in one line, and exits with status 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        yield refuses(subject, "started it on a port that is in use", Launch(port=port))
    if subject.row and subject.row.needs:
        did = f"started it where {' and '.join(subject.row.needs)} cannot be imported"
        yield refuses(subject, did, Launch(without=subject.row.needs))


def refuses(subject: Subject, did: str, how: Launch) -> Check:
    """Started like that, it says why not, and ends."""
    expected = f"one line on standard error, and exit status {REFUSED}"
    with spawn(subject.target, how) as running:
        try:
            status = running.process.wait(START_S)
        except subprocess.TimeoutExpired:
            return Check(did, expected, f"it was running still after {START_S:g} s", ok=False)
        lines = running.complaints().splitlines()
    last = f", the last: {lines[-1]}" if lines else ""
    seen = f"{len(lines)} line{'s' * (len(lines) != 1)}{last}; status {status}"
    return Check(did, expected, seen, len(lines) == 1 and status == REFUSED)
