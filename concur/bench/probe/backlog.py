"""How many connections wait to be accepted on a port, as the kernel tells (Linux). Tier 1."""

import time
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTEN = "0A"  # a socket's state (include/net/tcp_states.h)
POLL_S = 0.005


def waiting_to_be_accepted(table: str, port: int) -> int:
    """Over all listening sockets on the port, by /proc/net/tcp (proc(5)): its rx_queue, for one that listens."""
    rows = (line.split() for line in table.splitlines()[1:])
    mine = (row for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port)
    return sum(int(row[4].partition(":")[2], 16) for row in mine)


def await_accepted(port: int, patience_s: float) -> int:
    """Wait until a server has accepted all who connected, at most for so long; how many it has not."""
    deadline = time.monotonic() + patience_s
    while True:
        left = sum(waiting_to_be_accepted(_read(table), port) for table in TABLES)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_S)


def _read(table: Path) -> str:
    try:
        return table.read_text()
    except OSError:  # no such protocol, or no /proc: then nothing is known to wait
        return ""
