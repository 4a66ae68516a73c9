"""How late pings are answered beside each kind of request: by the service of start.py, and by hers. It decides nothing.

Pings are due every 4 ms, whether or not the one before has been answered, and are
sent by a thread of its own over a real connection: their latency counts from when
they were due. A client that waits for its answer first would send none while the
loop stands still, and so would not see it («coordinated omission», G. Tene).
"""

import asyncio
import bisect
import importlib.util
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

Values = dict[str, "float | list[list[float]]"]

LINES = {"remind": "remind 0.2 tea", "price": "price tea", "seal": "seal tea"}  # as lab.toml lists them
UPSTREAM_S = 0.1
EVERY_S, BEFORE_S, WATCHED_S = 0.004, 0.05, 0.4  # pings; how long before the request, and in all
EDGES_MS = tuple(map(float, range(10, 251, 10)))
MENDED = 2  # times less late than before, or more: what was predicted of a mended service is compared with it
PYTHON_STEPS = 600_000  # of a loop: about as long as a seal takes


def start() -> ModuleType:
    """The service as the lab begins with it."""
    spec = importlib.util.spec_from_file_location("start", Path(__file__).resolve().with_name("start.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


START = start()


def measure(work: ModuleType) -> Values:
    """The slowest ping beside each request, in ms, in both services; and all pings of each as a histogram."""
    values: Values = {}
    worst: dict[str, float] = {}
    with upstream() as address:
        for name, module in (("before", START), ("after", work)):
            late = {verb: lateness_ms(module.Service(address), line) for verb, line in LINES.items()}
            slowest = {verb: max(found) for verb, found in late.items()}
            values |= {f"ms_slowest_{name}_beside_{verb}": found for verb, found in slowest.items()}
            values[f"ms_slowest_{name}"] = worst[name] = max(slowest.values())
            values[f"slowest_{name}"] = [[float(at), found] for at, found in enumerate(slowest.values())]
            values[name] = histogram([ms for found in late.values() for ms in found])
        if worst["after"] < worst["before"] / MENDED:
            values["ms_slowest_mended"] = worst["after"]
        values["ms_slowest_beside_python_in_a_thread"] = max(lateness_ms(InThread(), "compute"))
    return values


def explain(measured: Values) -> str:
    """Which choice of lab.toml is right here."""
    return "lets-go" if getattr(sys, "_is_gil_enabled", lambda: True)() else "none"


class InThread:
    """A service that computes in bytecode, in a thread beside the loop. Who sends the pings needs the same GIL here."""

    async def handle(self, line: str) -> str:
        if line == "ping":
            return "pong"
        await asyncio.to_thread(spin, PYTHON_STEPS)
        return "done"


def spin(steps: int) -> None:
    """Bytecode, which holds the GIL for a switch interval at a time."""
    for _ in range(steps):
        pass


# What a client sees


def lateness_ms(service: Any, line: str) -> list[float]:
    """Of each ping while the service has one request to handle, and a little before and after."""
    with serving(service) as port:
        request = threading.Timer(BEFORE_S, ask, (port, line))
        request.start()
        late = pings(port)
        request.join()
    return late


def pings(port: int) -> list[float]:
    """Send them when they are due, and read answers in another thread: ms from due to answered, of each."""
    count = int(WATCHED_S / EVERY_S)
    began_s = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        late: list[float] = []
        reading = threading.Thread(target=read_answers, args=(connection, count, began_s, late))
        reading.start()
        for number in range(count):
            time.sleep(max(0.0, began_s + number * EVERY_S - time.perf_counter()))
            connection.sendall(b"ping\n")
        reading.join()
    return late


def read_answers(connection: socket.socket, count: int, began_s: float, late: list[float]) -> None:
    """Answers come in the order of the pings."""
    answers = connection.makefile()
    for number in range(count):
        answers.readline()
        late.append((time.perf_counter() - began_s - number * EVERY_S) * 1000)


def ask(port: int, line: str) -> None:
    """One request, on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{line}\n".encode())
        connection.makefile().readline()


def histogram(late_ms: list[float]) -> list[list[float]]:
    """[ms, how many pings were at most that late, and later than the one before]; the last takes all that are later."""
    counts = [0] * len(EDGES_MS)
    for ms in late_ms:
        counts[min(bisect.bisect_left(EDGES_MS, ms), len(counts) - 1)] += 1
    return [[edge, float(count)] for edge, count in zip(EDGES_MS, counts, strict=True)]


# Services


@contextmanager
def serving(service: Any) -> Iterator[int]:
    """The service behind a port, on a loop in a thread of its own."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            answer = await service.handle(line.decode().strip())
            writer.write(f"{answer}\n".encode())
        writer.close()

    with on_a_loop(answer) as address:
        yield address[1]


@contextmanager
def upstream() -> Iterator[tuple[str, int]]:
    """The other service, which takes its time."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await asyncio.sleep(UPSTREAM_S)
        writer.write(b"42\n")
        writer.close()

    with on_a_loop(answer) as address:
        yield address


@contextmanager
def on_a_loop(answer: Callable[..., Any]) -> Iterator[tuple[str, int]]:
    """A server on loopback while the block runs: its address."""
    ready = threading.Event()
    found: list[Any] = []

    async def serve() -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            found.extend((server.sockets[0].getsockname()[:2], lambda: loop.call_soon_threadsafe(ended.set)))
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        found[1]()
        thread.join()
