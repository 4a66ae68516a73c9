"""A server whose latency is known beforehand, to try the load generator on. Tier 1.

`python -m concur.load.stalling`: one connection at a time on 127.0.0.1, 1 ms of
service for each message, and a pause of 200 ms after every 500. It prints its
port as a JSON line, and ends when its standard input does.
"""

import json
import os
import socket
import sys
import threading
import time

SERVICE_NS = 1_000_000
PAUSE_NS = 200_000_000
CYCLE = 500  # messages from one pause to the next
SPIN_NS = 200_000  # a sleep may end late by less than this, so the last of a wait is spun


def latency_quantile_ns(quantile: float, rate_per_s: float | None) -> float:
    """The latency that a share of all messages over whole cycles does not exceed; None is a closed loop.

    Closed loop on one connection: a message waits for the one service, 1 ms; one
    in 500 also waits for the pause, 201 ms. So p99 is 1 ms, and the pause is hidden.

    Open loop, one message due every τ = 1/rate, τ > 1 ms: the last message of a
    cycle is served in 1 ms from when it was due, then the pause begins, and the
    next is due τ − 1 ms later. It waits for what is left of the pause; the k-th
    after it finds k more ahead of it, which take 1 ms each while τ passes:

        latency(k) = max(1 ms, 200 ms − (τ − 1 ms) + 1 ms − k·(τ − 1 ms)), k = 0 … 499

    At 450/s, τ = 2.22 ms: 199.8 ms, 198.6 ms, … Of 500, p99 is the sixth largest: 193.7 ms.
    """
    if rate_per_s is None:
        latencies = [SERVICE_NS] * (CYCLE - 1) + [SERVICE_NS + PAUSE_NS]
    else:
        gain_ns = 1e9 / rate_per_s - SERVICE_NS
        latencies = sorted(max(SERVICE_NS, int(PAUSE_NS + SERVICE_NS - (k + 1) * gain_ns)) for k in range(CYCLE))
    return latencies[max(-(-round(quantile * CYCLE * 1e6) // 1_000_000), 1) - 1]


def wait_until(at_ns: int) -> None:
    """Return at a time on the monotonic clock, to some microseconds."""
    left_ns = at_ns - time.monotonic_ns() - SPIN_NS
    if left_ns > 0:
        time.sleep(left_ns / 1e9)
    while time.monotonic_ns() < at_ns:
        pass


def next_message(connection: socket.socket, payload_bytes: int) -> bytes:
    """A whole message, b"" at the end. It is asked for time and again at first: waking up would count as latency."""
    until_ns = time.monotonic_ns() + SERVICE_NS
    while time.monotonic_ns() < until_ns:
        try:
            if not connection.recv(payload_bytes, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                return b""
            break
        except BlockingIOError:
            continue
    return connection.recv(payload_bytes, socket.MSG_WAITALL)


def answer(connection: socket.socket, payload_bytes: int) -> None:
    """Serve one connection to its end; each service begins when its message came or the last one ended."""
    free_ns, served = 0, 0
    while message := next_message(connection, payload_bytes):
        free_ns = max(free_ns, time.monotonic_ns()) + SERVICE_NS
        wait_until(free_ns)
        connection.sendall(message)
        served += 1
        if served % CYCLE == 0:
            free_ns += PAUSE_NS
            wait_until(free_ns)


def end_with_parent() -> None:
    """End the process when whoever started it closes the pipe."""
    while os.read(0, 1):
        pass
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(json.dumps({"event": "listening", "port": listener.getsockname()[1]}) + "\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                try:
                    answer(connection, payload_bytes=64)
                except ConnectionError:
                    continue  # the load generator left with replies on their way


if __name__ == "__main__":
    main()
