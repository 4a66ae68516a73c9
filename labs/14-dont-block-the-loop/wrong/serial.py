"""Wrong: each request is mended, and one is handled after another."""

import asyncio
import hashlib
import socket

SALT = b"concur"
ROUNDS = 120_000


class Service:
    def __init__(self, upstream):
        self.upstream = upstream
        self.queue, self.worker = None, None

    async def handle(self, line):
        if self.queue is None:
            self.queue = asyncio.Queue()
            self.worker = asyncio.create_task(self.work())
        answer = asyncio.get_running_loop().create_future()
        await self.queue.put((line, answer))
        return await answer

    async def work(self):
        while True:
            line, answer = await self.queue.get()
            answer.set_result(await self.answer(line))

    async def answer(self, line):
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
        return f"{text} {await asyncio.to_thread(sealed, text)}"


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def ask(address, name):
    with socket.create_connection(address, timeout=3) as connection:
        connection.sendall(f"{name}\n".encode())
        return connection.makefile().readline().strip()


def sealed(text):
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()
