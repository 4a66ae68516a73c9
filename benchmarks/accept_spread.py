"""Claim 19: how 30 connections, one after the other, are spread over three workers: python benchmarks/accept_spread.py

Blocking in `accept` on one listener, waiting for it by epoll, or with a listener for
each worker (SO_REUSEPORT). The figures come from the workers' own reports.
"""

import socket
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.target import launch
from concur.interpreters.find import current

WORKERS, CONNECTIONS = 3, 30
SHARED_EPOLL = Path(__file__).with_name("baselines") / "shared_epoll.py"
WAYS: dict[str, dict[str, Any]] = {
    "blocking accept, one listener": {"kind": "model", "name": "prefork", "pool": WORKERS},
    "epoll (exclusive), one listener": {"kind": "own", "name": str(SHARED_EPOLL), "pool": WORKERS},
    "a listener each (SO_REUSEPORT)": {"kind": "model", "name": "sequential", "topology": f"{WORKERS} processes"},
}


def main() -> None:
    """One row for each way, three runs each."""
    table = Table("waits by", "run 1", "run 2", "run 3", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for way, target in WAYS.items():
        runs = (shares(Target(interpreter=current(), **target)) for _ in range(3))
        table.add_row(way, *("/".join(map(str, run)) for run in runs))
    Console(highlight=False).print(table)


def shares(target: Target) -> list[int]:
    """How many of the connections each worker accepted, the most first."""
    with launch(target, Launch()) as running:
        for _ in range(CONNECTIONS):
            with socket.create_connection((running.host, running.port), timeout=5) as connection:
                connection.sendall(b"hello")
                assert connection.recv(5) == b"hello"
        return sorted(running.stop()["shares"], reverse=True)


if __name__ == "__main__":
    main()
