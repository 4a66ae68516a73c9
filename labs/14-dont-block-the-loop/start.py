"""Don't block the loop: a small service on asyncio, which stands still three times.

Its answers are right. But while it makes some of them, nobody else is served.
`python work.py` sends it a ping every 10 ms beside each kind of request, and
shows how long the slowest one waited. `python -X dev work.py` says more.
"""

import asyncio
import hashlib
import socket
import time

SALT = b"concur"
ROUNDS = 120_000


class Service:
    """Answers one line with one line; `upstream` is the address of another service, which knows the prices."""

    def __init__(self, upstream):
        self.upstream = upstream

    async def handle(self, line):
        """The answer to «ping TEXT», «remind SECONDS TEXT», «price NAME» or «seal TEXT»."""
        verb, _, rest = line.strip().partition(" ")
        if verb == "ping":
            return f"pong {short(rest)}"
        if verb == "remind":
            seconds, _, text = rest.partition(" ")
            return await self.remind(float(seconds), text)
        if verb == "price":
            return await self.price(rest)
        if verb == "seal":
            return await self.seal(rest)
        return f"what is «{verb}»?"

    async def remind(self, seconds, text):
        """The text, after so many seconds."""
        wait(seconds)
        return f"remember: {text}"

    async def price(self, name):
        """What the other service says."""
        return f"{name} costs {ask(self.upstream, name)}"

    async def seal(self, text):
        """The text, sealed."""
        return f"{text} {sealed(text)}"


# TODO: which of these may be called on the loop's thread, and what is to be done in place of the others?


def short(text):
    """A check sum of the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def wait(seconds):
    """Return after so many seconds."""
    time.sleep(seconds)


def ask(address, name):
    """Send the service at that address a name on a line. It sends the price back, on a line, and closes."""
    with socket.create_connection(address, timeout=3) as connection:
        connection.sendall(f"{name}\n".encode())
        return connection.makefile().readline().strip()


def sealed(text):
    """A seal of the text that takes long to compute, on purpose: so does guessing what was sealed."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()


# `python work.py` runs what follows: a look at the service from outside. Nothing in it is to be mended.


async def upstream(reader, writer):
    """Knows the prices, and takes 100 ms."""
    name = await reader.readline()
    await asyncio.sleep(0.1)
    writer.write(b"%d\n" % len(name))
    writer.close()


def serve_upstream(listener):
    """Another service is another program; here a thread with a loop of its own has to do."""

    async def serve():
        async with await asyncio.start_server(upstream, sock=listener) as server:
            await server.serve_forever()

    asyncio.run(serve())


async def slowest_ping(service, line):
    """Pings are due every 10 ms while the line is handled: by how many ms was the slowest answered late?"""
    loop = asyncio.get_running_loop()
    handling, slowest, due = asyncio.create_task(service.handle(line)), 0.0, loop.time()
    while not handling.done():
        due += 0.01
        await asyncio.sleep(due - loop.time())
        await service.handle("ping")
        slowest = max(slowest, loop.time() - due)
    return slowest * 1000


async def show():
    import threading

    asyncio.get_running_loop().slow_callback_duration = 0.02
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve_upstream, args=(listener,), daemon=True).start()
    service = Service(listener.getsockname())
    for line in ("remind 0.2 tea", "price tea", "seal tea"):
        print(f"{line:15} the slowest ping waited {await slowest_ping(service, line):6.1f} ms")


if __name__ == "__main__":
    asyncio.run(show())
