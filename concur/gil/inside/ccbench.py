"""ccbench's three experiments by their definitions (CPython 3.11, Tools/ccbench/ccbench.py), each in one process.

Its peer, where it has one, is a child of the same interpreter that runs this
file again. Nothing is pinned, as nothing was there.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from statistics import fmean, pstdev
from typing import Any

from concur import observed
from concur.gil.inside.ccbench_tasks import Task, prepare, timed_loop

PACKET_BYTES = 1024
PING_INTERVAL_S = 0.1
AFTER_FIRST_S = 1.0  # a peer waits that long between its first packet and the measured ones
BACKGROUND = 1.5  # times the duration, for which threads compute beside a server
END = b"END"
RECEIVE_BYTES = 4096
SILENT_S = 10.0  # a peer that sends nothing for so long has died


def throughput(task: Task, threads: int, seconds: float) -> dict[str, Any]:
    """Calls a second: those of all threads over the longest time that one of them took."""
    task[0](*task[1])
    ended: list[None] = []
    results: list[tuple[int, float]] = []

    def loop(began_s: float) -> None:
        results.append(timed_loop(task, began_s, seconds, ended, yields=threads > 1))

    if threads == 1:
        loop(time.time())
    else:
        with background(loop, threads) as begin:
            begin()
    return {"value": sum(calls for calls, _ in results) / max(took_s for _, took_s in results)}


@contextmanager
def background(work: Callable[[float], object], threads: int) -> Iterator[Callable[[], None]]:
    """Threads that stand ready, and begin together at the call of what is given; waited for at the end."""
    ready = threading.Barrier(threads + 1)
    go = threading.Event()
    began_s = 0.0

    def run() -> None:
        ready.wait()
        go.wait()
        work(began_s)

    def begin() -> None:
        nonlocal began_s
        began_s = time.time()
        go.set()

    running = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    ready.wait()
    try:
        yield begin
    finally:
        go.set()
        for thread in running:
            thread.join()


@contextmanager
def beside(task: Task, threads: int, seconds: float, ended: list[None]) -> Iterator[Callable[[], None]]:
    """CPU-bound threads beside a server, which end by themselves in the end."""
    if threads:
        task[0](*task[1])
    with background(
        lambda began_s: timed_loop(task, began_s, BACKGROUND * seconds, ended, yields=False), threads
    ) as go:
        try:
            yield go
        finally:
            ended.append(None)


def latency(task: Task, threads: int, seconds: float) -> dict[str, Any]:
    """Milliseconds from the sending of a packet to its receiving, by one clock: mean and standard deviation."""
    with _server() as server, beside(task, threads, seconds, []) as begin, _peer("pings", server, seconds) as peer:
        server.recv(RECEIVE_BYTES)
        begin()
        came: list[tuple[float, bytes]] = []
        while not came or not came[-1][1].startswith(END):
            packet = server.recv(RECEIVE_BYTES)
            came.append((time.time(), packet))
        peer.wait(SILENT_S)
    late_ms = [1000 * (now_s - float(packet)) for now_s, packet in came[:-1]]
    return {"value": fmean(late_ms), "deviation": pstdev(late_ms), "packets": len(late_ms)}


def bandwidth(task: Task, threads: int, seconds: float) -> dict[str, Any]:
    """Packets a second that come, are sent back, and whose successor comes. Raises TimeoutError where too few came."""
    ended: list[None] = []
    with _server() as server, beside(task, threads, seconds, ended) as begin, _peer("echoes", server, seconds):
        packet, address = server.recvfrom(PACKET_BYTES)
        begin()
        packets, first_s = 0, None
        while not ended and not packet.startswith(END):
            server.sendto(packet.decode("ascii").encode("ascii"), address)  # ccbench spoke in text
            packet = server.recv(PACKET_BYTES)
            first_s = first_s or time.time()
            packets += 1
        took_s = time.time() - (first_s or 0.0)
    if packets < 2:
        raise TimeoutError(f"{packets} packets came back before the threads beside had ended")
    return {"value": (packets - 1) / took_s, "packets": packets}


@contextmanager
def _server() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(SILENT_S)
        yield server


@contextmanager
def _peer(kind: str, server: socket.socket, seconds: float) -> "Iterator[subprocess.Popen[bytes]]":
    options = {"peer": kind, "port": server.getsockname()[1], "seconds": seconds}
    peer = subprocess.Popen([sys.executable, "-P", "-m", "concur.gil.inside.ccbench", json.dumps(options)])
    try:
        yield peer
    finally:
        peer.kill()
        peer.wait()


# The peer


def pings(own: socket.socket, seconds: float) -> None:
    """A first packet, a second's pause, then one each tenth of a second with the time of its sending."""
    own.send(b"0")
    time.sleep(AFTER_FIRST_S)
    for _ in range(int(seconds / PING_INTERVAL_S)):
        time.sleep(PING_INTERVAL_S)
        own.send(repr(time.time()).encode())
    own.send(END)


def echoes(own: socket.socket, seconds: float) -> None:
    """After a second's pause a packet each time that the one before has come back, for twice as long as asked."""
    time.sleep(AFTER_FIRST_S)
    end_s = time.time() + 2.0 * seconds
    for number in count():
        if time.time() >= end_s:
            break
        own.send(f"{own.getsockname()}#{number}\n".rjust(PACKET_BYTES).encode("ascii"))
        own.recv(PACKET_BYTES).decode("ascii")
    own.send(END.ljust(PACKET_BYTES))


PEERS = {"pings": pings, "echoes": echoes}
EXPERIMENTS = {"throughput": throughput, "latency": latency, "bandwidth": bandwidth}


def main(options: dict[str, Any]) -> dict[str, Any]:
    """options: experiment, task (ccbench's name of it), threads, seconds."""
    observed.watch_gil()
    name, task = prepare(options["task"])
    found = EXPERIMENTS[options["experiment"]](task, options["threads"], options["seconds"])
    return found | {"task": name, "observed": observed.of_this_process("")}


def be_peer(options: dict[str, Any]) -> None:
    """The other side of a server, as options say: peer, port, seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.connect(("127.0.0.1", options["port"]))
        own.settimeout(SILENT_S)
        PEERS[options["peer"]](own, options["seconds"])


if __name__ == "__main__":
    said = json.loads(sys.argv[1])
    if "peer" in said:
        be_peer(said)
    else:
        print(json.dumps(main(said)))  # noqa: T201 # its answer
