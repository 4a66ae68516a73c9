"""A crawler as one writes it with aiohttp and selectolax: python benchmarks/crawlers/aiohttp_crawler.py URL

It keeps to its seed's origin and obeys robots.txt; each URL is asked for once,
and what may pass twice more. It prints one JSON line when it is done. Nothing of
concur is in it. Needs aiohttp, protego and selectolax (the extra `crawlers`).
"""

import argparse
import asyncio
import importlib
import json
from typing import Any

import aiohttp
from protego import Protego
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

AGENT = "aiohttp-crawler"
RETRIES, BACKOFF_S = 2, 0.25
MAY_PASS = frozenset((429, 500, 502, 503, 504))
REDIRECTS, MOST_REDIRECTS = frozenset((301, 302, 303, 307, 308)), 10
READ_BYTES = 1 << 18  # so that a page comes in one piece


class Crawler:
    """One crawl of one origin. The queue has URLs, each with the number of redirects that led there."""

    def __init__(self, seed: URL, session: aiohttp.ClientSession) -> None:
        self.seed, self.session = seed, session
        self.queue: asyncio.Queue[tuple[URL, int]] = asyncio.Queue()
        self.seen: set[URL] = set()
        self.robots = Protego.parse("")

    async def run(self, concurrency: int) -> None:
        """Until nothing is left."""
        await self.read_robots()
        self.found(self.seed, 0)
        workers = [asyncio.create_task(self.work()) for _ in range(concurrency)]
        await self.queue.join()
        for worker in workers:
            worker.cancel()

    async def work(self) -> None:
        """One URL after the other."""
        while True:
            url, redirects = await self.queue.get()
            try:
                self.read(url, redirects, *await self.fetch(url))
            finally:
                self.queue.task_done()

    def read(self, url: URL, redirects: int, status: int, headers: Any, body: bytes) -> None:
        """Follow what an answer leads to."""
        if status in REDIRECTS and "Location" in headers and redirects < MOST_REDIRECTS:
            self.follow(url, headers["Location"], redirects + 1)
        elif status == 200 and headers.get("Content-Type", "").startswith("text/html"):
            tree = LexborHTMLParser(body)
            base = tree.css_first("base[href]")
            at = url.join(URL(base.attributes["href"] or "")) if base else url
            for href in {node.attributes.get("href") for node in tree.tags("a")}:
                if href:
                    self.follow(at, href, 0)

    def follow(self, at: URL, href: str, redirects: int) -> None:
        """A link, as it is written on a page."""
        try:
            url = at.join(URL(href.strip().replace("\\", "/")))
        except ValueError:
            return
        if url.scheme == self.seed.scheme and url.host == self.seed.host and url.port == self.seed.port:
            is_plain = not (url.raw_user or url.raw_fragment)
            self.found(url if is_plain else url.with_fragment(None).with_user(None), redirects)

    def found(self, url: URL, redirects: int) -> None:
        """A URL in scope: queued if it is new and allowed."""
        if url not in self.seen:
            self.seen.add(url)
            if self.robots.can_fetch(str(url), AGENT):
                self.queue.put_nowait((url, redirects))

    async def fetch(self, url: URL) -> tuple[int, Any, bytes]:
        """Status, headers and body; status 0 where there is no answer after all attempts."""
        for attempt in range(RETRIES + 1):
            status, wait_s = 0, BACKOFF_S * 2**attempt
            try:
                async with self.session.get(url, allow_redirects=False) as response:
                    status = response.status
                    if status not in MAY_PASS:
                        return status, response.headers, await response.read() if status == 200 else b""
                    wait_s = float(response.headers.get("Retry-After", wait_s))
            except aiohttp.ClientResponseError:  # what came is no HTTP, and would not be the next time
                break
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            if attempt < RETRIES:
                await asyncio.sleep(wait_s)
        return status, {}, b""

    async def read_robots(self) -> None:
        """What is not there allows everything, what cannot be had forbids everything (RFC 9309)."""
        status, _, body = await self.fetch(self.seed.origin().with_path("/robots.txt"))
        if status == 200:
            self.robots = Protego.parse(body.decode("utf-8", "replace"))
        elif not 400 <= status < 500:
            self.robots = Protego.parse("User-agent: *\nDisallow: /")


async def crawl(seed: URL, concurrency: int) -> None:
    """Crawl, and say so."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": AGENT},
        timeout=aiohttp.ClientTimeout(total=30),
        read_bufsize=READ_BYTES,
    ) as session:
        crawler = Crawler(seed, session)
        await crawler.run(concurrency)
        print(json.dumps({"event": "done", "urls": len(crawler.seen)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", type=URL)
    parser.add_argument("--concurrency", type=int, default=20, help="requests under way (default %(default)s)")
    parser.add_argument("--uvloop", action="store_true", help="on uvloop's loop")
    asked = parser.parse_args()
    loop = importlib.import_module("uvloop" if asked.uvloop else "asyncio")
    loop.run(crawl(asked.url, asked.concurrency))
