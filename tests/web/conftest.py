"""A crawler of the plainest kind, one request at a time, that shares no code with concur: the oracle's judge."""

import gzip
import posixpath
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from protego import Protego

from concur.web.addresses import Addresses, Origin
from concur.web.graph import Web

LIMIT_BYTES = 10 << 20
REDIRECTS = {301, 302, 303, 307, 308}
Fetch = Callable[
    [str, int], tuple[bytes, bool]
]  # URL, time from 1 → what came, and whether the connection ended with it


@dataclass
class Crawled:
    """What the plain crawler asked for: depths of URLs, how often each, and those it found forbidden."""

    depths: dict[str, int] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.base = ""
        self.hrefs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if href is not None and tag == "a":
            self.hrefs.append(href)
        elif href is not None and tag == "base":
            self.base = self.base or href


def canonical(href: str, at: str) -> str:
    """The URL that a link leads to; empty if it is none of ours."""
    href = re.sub(r"[\t\n]", "", href.strip()).replace("\\", "/")
    joined = urlsplit(urljoin(at, href))
    if joined.scheme != "http" or not joined.hostname:
        return ""
    path = re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), joined.path or "/")
    folder = "/" if path.endswith("/") else ""
    path = posixpath.normpath(path).replace("//", "/")
    return f"http://{joined.hostname}:{joined.port}" + (path if path == "/" else path + folder)


def parse(came: bytes, has_ended: bool) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body. Raises EOFError for what may pass, ValueError for what will not."""
    head, end, body = came.partition(b"\r\n\r\n")
    if not end:
        raise EOFError
    status_line, *lines = head.decode().split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    lengths = {value for name, value in pairs if name == "content-length"}
    if len(lengths) > 1:
        raise ValueError
    headers = dict(pairs)
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(chunks(body))
    elif lengths:
        wanted = int(lengths.pop())
        if len(body) < wanted:
            raise EOFError
        body = body[:wanted]
    else:
        assert has_ended
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if len(body) > LIMIT_BYTES:
        raise ValueError
    return int(status_line.split()[1]), headers, body


def chunks(body: bytes) -> Iterator[bytes]:
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return
        yield body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]


def plain_crawl(addresses: Addresses, fetch: Fetch, max_depth: int | None = None, retries: int = 2) -> Crawled:
    """Crawl a web, breadth first."""
    crawled = Crawled()

    def ask(url: str) -> tuple[int, dict[str, str], bytes] | None:
        for _ in range(1 + retries):
            crawled.times[url] = crawled.times.get(url, 0) + 1
            try:
                answer = parse(*fetch(url, crawled.times[url]))
            except EOFError:
                continue
            except ValueError:
                return None
            if answer[0] != 429 and answer[0] < 500:
                return answer
        return None

    rules = {}
    queue = deque([(addresses.seed, 0, 0)])
    while queue:
        url, depth, chain = queue.popleft()
        base = next((base for base in addresses.bases if url.startswith(f"{base}/")), None)
        if base is None or url in crawled.depths or (max_depth is not None and depth > max_depth):
            continue
        if base not in rules:
            answer = ask(f"{base}/robots.txt")
            assert answer
            rules[base] = Protego.parse(answer[2].decode())
        if not rules[base].can_fetch(url, "concur"):
            crawled.forbidden.add(url)
            continue
        crawled.depths[url] = depth
        answer = ask(url)
        if answer is None:
            continue
        status, headers, body = answer
        if status in REDIRECTS and chain < 10:
            queue.appendleft((canonical(headers["location"], url), depth, chain + 1))
        elif status == 200 and headers["content-type"].startswith("text/html"):
            page = Links(body.decode())
            at = urljoin(url, page.base)
            queue.extend((canonical(href, at), depth + 1, 0) for href in page.hrefs)
    return crawled


@pytest.fixture(scope="session")
def crawl() -> Callable[..., Crawled]:
    return plain_crawl


@pytest.fixture(scope="session")
def at_8000() -> Callable[[Web], Addresses]:
    """A web's addresses on ports from 8000 on."""
    return lambda web: Addresses(web, [Origin("http", "127.0.0.1", 8000 + host) for host in range(web.hosts)])
