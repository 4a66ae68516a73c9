"""An echo server that misbehaves by plan, and knows exactly how often it did.

`python faulty.py PLAN`, PLAN a JSON object:

    payload_bytes   of a message
    faults          {"7": "alter", …}: what to do with the 7th message instead of echoing it
    each            count messages on each connection, not over all
    withhold        before any fault, read so many messages more
    accept          false: connections are made by the kernel, and never served

It prints its port as a JSON line; when standard input ends, what it did as
another (accepted, messages, and a count for each thing done), and exits.
"""

import json
import os
import socket
import struct
import sys
import threading
from collections import Counter
from typing import Any


class Faulty:
    """The plan, and the log of what was done, under one lock."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.payload_bytes: int = plan["payload_bytes"]
        self.faults: dict[str, str] = plan.get("faults", {})
        self.each: bool = plan.get("each", False)
        self.withhold: int = plan.get("withhold", 0)
        self.lock = threading.Lock()
        self.log: Counter[str] = Counter(accepted=0, messages=0)
        self.last: dict[int, bytes] = {}  # the last message of each connection

    def next_action(self, connection: int, count: int, message: bytes) -> tuple[str, bytes]:
        """What to do with a message, and another connection's last one, where it has come to that."""
        with self.lock:
            self.log["messages"] += 1
            action = self.faults.get(str(count if self.each else self.log["messages"]), "echo")
            self.last[connection] = message
            strangers = [last for other, last in self.last.items() if other != connection]
            if action == "stranger" and not strangers:
                action = "echo"
            self.log[action] += 1
            return action, strangers[0] if strangers else b""

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection until it ends, by the peer or by plan."""
        with connection:
            try:
                self.converse(connection)
            except ConnectionError:
                return

    def converse(self, connection: socket.socket) -> None:
        """Take its messages one at a time."""
        count = 0
        while len(message := connection.recv(self.payload_bytes, socket.MSG_WAITALL)) == self.payload_bytes:
            count += 1
            action, stranger = self.next_action(connection.fileno(), count, message)
            if action != "echo" and self.withhold:
                connection.recv(self.withhold * self.payload_bytes, socket.MSG_WAITALL)
            if not act(connection, action, message, stranger):
                return


def act(connection: socket.socket, action: str, message: bytes, stranger: bytes) -> bool:
    """Do it; False where the connection is to end."""
    if action in ("truncate", "reset"):
        end(connection, action, message)
        return False
    if action == "stall":  # reads, and is silent, until the peer gives up
        while connection.recv(65536):
            pass
        return False
    if action != "drop":
        connection.sendall(reply(action, message, stranger))
    return True


def reply(action: str, message: bytes, stranger: bytes) -> bytes:
    """The bytes that go back for a message."""
    middle = len(message) // 2
    return {
        "echo": message,
        "alter": message[:middle] + bytes([message[middle] ^ 1]) + message[middle + 1 :],
        "shift": message[1:] + message[:1],
        "stranger": stranger,
        "add": message + b"\0",
    }[action]


def end(connection: socket.socket, action: str, message: bytes) -> None:
    """Send half of the reply, or nothing, and go."""
    if action == "truncate":
        connection.sendall(message[: len(message) // 2])
    else:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def accept(listener: socket.socket, faulty: Faulty) -> None:
    """A thread for each connection."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with faulty.lock:
            faulty.log["accepted"] += 1
        threading.Thread(target=faulty.serve, args=(connection,), daemon=True).start()


def main() -> None:
    """Serve by plan until standard input ends."""
    plan = json.loads(sys.argv[1])
    faulty = Faulty(plan)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    if plan.get("accept", True):
        threading.Thread(target=accept, args=(listener, faulty), daemon=True).start()
    os.write(1, json.dumps({"port": listener.getsockname()[1]}).encode() + b"\n")
    while os.read(0, 1):
        pass
    with faulty.lock:
        os.write(1, json.dumps(faulty.log).encode() + b"\n")
    os._exit(0)


if __name__ == "__main__":
    main()
