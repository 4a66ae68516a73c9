"""Wrong: it asks, lets the loop turn for a while, then asks its socket again and again."""

import asyncio
import hashlib
import socket

SALT = b"concur"
ROUNDS = 120_000


class Service:
    def __init__(self, upstream):
        self.upstream = upstream

    async def handle(self, line):
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
        await asyncio.sleep(seconds)
        return f"remember: {text}"

    async def price(self, name):
        return f"{name} costs {await ask(self.upstream, name)}"

    async def seal(self, text):
        return f"{text} {await asyncio.to_thread(sealed, text)}"


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


async def ask(address, name):
    with socket.socket() as connection:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address)
        connection.send(f"{name}\n".encode())
        for _ in range(300):
            await asyncio.sleep(0)
        while True:
            try:
                return connection.recv(100).decode().strip()
            except BlockingIOError:
                pass


def sealed(text):
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()
