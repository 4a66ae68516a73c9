"""Each of the three waits is mended in its own way: by the loop, by the loop's own sockets, by a thread."""

import asyncio
import hashlib

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
        """The loop has timers: it needs no thread to wait."""
        await asyncio.sleep(seconds)
        return f"remember: {text}"

    async def price(self, name):
        """The loop waits for sockets, too. `await asyncio.to_thread(ask, …)` of the old function would do as well."""
        return f"{name} costs {await ask(self.upstream, name)}"

    async def seal(self, text):
        """Nothing waits here: it computes. A thread helps, since hashlib lets go of the GIL meanwhile."""
        return f"{text} {await asyncio.to_thread(sealed, text)}"


def short(text):
    """A check sum of the text. It takes a microsecond: to hand that to a thread would take fifty."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


async def ask(address, name):
    """Send the service at that address a name on a line. It sends the price back, on a line, and closes."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(f"{name}\n".encode())
        return (await asyncio.wait_for(reader.readline(), 3)).decode().strip()
    finally:
        writer.close()


def sealed(text):
    """A seal of the text that takes long to compute, on purpose: so does guessing what was sealed."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT, ROUNDS).hex()
