"""Wrong: a thread computes, and the loop's thread looks for its answer again and again."""

import asyncio
import hashlib
import threading

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
        found = []
        threading.Thread(target=lambda: found.append(sealed(text))).start()
        for _ in range(100):
            await asyncio.sleep(0)
        while not found:
            pass
        return f"{text} {found[0]}"


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


async def ask(address, name):
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(f"{name}\n".encode())
        return (await asyncio.wait_for(reader.readline(), 3)).decode().strip()
    finally:
        writer.close()


def sealed(text):
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()
