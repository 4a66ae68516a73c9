"""Wrong: what waits is mended. To compute is not to wait, so it stays."""

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
        return f"{name} costs {await asyncio.to_thread(ask, self.upstream, name)}"

    async def seal(self, text):
        return f"{text} {sealed(text)}"


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def ask(address, name):
    with socket.create_connection(address, timeout=3) as connection:
        connection.sendall(f"{name}\n".encode())
        return connection.makefile().readline().strip()


def sealed(text):
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()
