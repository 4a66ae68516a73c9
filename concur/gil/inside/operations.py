"""Common operations, of which `release.py` finds out whether they let go of the GIL: a table. Tier 0.

An operation is made once, with what it needs (a file, a pair of sockets), and
then called again and again without arguments: each call does the same. What
must not live here: how it is found out.
"""

import os
import random
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

KIB, MIB = 1024, 1024 * 1024
DATAGRAM_BYTES = 512

Call = Callable[[], object]
Make = Callable[[ExitStack], Call]


class Operation(NamedTuple):
    """What people call it, with whom it belongs, and what makes it; a stack closes what it opens.

    make raises ImportError where this Python lacks the module that it is about.
    """

    name: str
    group: str
    make: Make


def noise(size_bytes: int) -> bytes:
    """Bytes that do not compress, the same each time."""
    return random.Random(1).randbytes(size_bytes)


# Hashing: OpenSSL and the hash functions of CPython's own each let go above a size of their own


def sha256(size_bytes: int) -> Make:
    return lambda _: partial(import_module("hashlib").sha256, noise(size_bytes))


def blake2b(size_bytes: int) -> Make:
    return lambda _: partial(import_module("hashlib").blake2b, noise(size_bytes))


# Compression


def deflate(size_bytes: int) -> Make:
    return lambda _: partial(import_module("zlib").compress, noise(size_bytes))


def inflate(size_bytes: int) -> Make:
    def make(_: ExitStack) -> Call:
        zlib = import_module("zlib")
        return partial(zlib.decompress, zlib.compress(noise(size_bytes)))

    return make


def crc32(size_bytes: int) -> Make:
    return lambda _: partial(import_module("zlib").crc32, noise(size_bytes))


def bzip2(size_bytes: int) -> Make:
    return lambda _: partial(import_module("bz2").compress, noise(size_bytes))


# Text: objects of Python are made or read all along, which only the GIL's holder may


def document() -> list[dict[str, object]]:
    """As an interface of the web returns them: 200 records, about 20 KB of JSON."""
    return [
        {"id": number, "name": f"record {number}", "tags": ["a", "b"], "score": number / 7} for number in range(200)
    ]


def search(_: ExitStack) -> Call:
    return partial(import_module("re").compile(r"[a-z]+@[a-z]+").search, "nobody is here " * 4000)


def to_json(_: ExitStack) -> Call:
    return partial(import_module("json").dumps, document())


def from_json(_: ExitStack) -> Call:
    json = import_module("json")
    return partial(json.loads, json.dumps(document()))


def pickle(_: ExitStack) -> Call:
    return partial(import_module("pickle").dumps, document())


def encode(_: ExitStack) -> Call:
    return partial(str.encode, "grüße " * (MIB // 8))


def base64(_: ExitStack) -> Call:
    return partial(import_module("base64").b64encode, noise(64 * KIB))


# Numbers: of Python, and of numpy, whose arrays need no GIL


def sort(_: ExitStack) -> Call:
    return partial(sorted, random.Random(1).sample(range(20_000), 20_000))


def multiply(_: ExitStack) -> Call:
    return partial(int.__mul__, 7**20_000, 3**20_000)


def add_arrays(_: ExitStack) -> Call:
    numpy: Any = import_module("numpy")  # by name: tier 0 needs nothing that is not there
    return partial(numpy.add, numpy.ones(MIB), 1.0, out=numpy.empty(MIB))


def dot_arrays(_: ExitStack) -> Call:
    numpy: Any = import_module("numpy")
    return partial(numpy.dot, numpy.ones((200, 200)), numpy.ones((200, 200)))


def sort_array(_: ExitStack) -> Call:
    numpy: Any = import_module("numpy")
    return partial(numpy.sort, numpy.random.default_rng(1).random(100_000))


# A database in the same process


def select_row(stack: ExitStack) -> Call:
    database = stack.enter_context(closing(_database()))
    return lambda: database.execute("SELECT value FROM pairs WHERE key = 1").fetchone()


def insert_row(stack: ExitStack) -> Call:
    database = stack.enter_context(closing(_database()))
    return partial(database.execute, "INSERT OR REPLACE INTO pairs VALUES (1, 2)")


def _database() -> Any:
    """In memory, each statement a transaction of its own."""
    database = import_module("sqlite3").connect(":memory:", isolation_level=None)
    database.execute("CREATE TABLE pairs (key INTEGER PRIMARY KEY, value INTEGER)")
    database.execute("INSERT INTO pairs VALUES (1, 1)")
    return database


# Waiting, for nothing or for little


def sleep(seconds: float) -> Make:
    return lambda _: partial(import_module("time").sleep, seconds)


def take_lock(_: ExitStack) -> Call:
    lock = import_module("threading").Lock()

    def call() -> None:
        lock.acquire()
        lock.release()

    return call


def hand_over(_: ExitStack) -> Call:
    queue = import_module("queue").SimpleQueue()

    def call() -> None:
        queue.put(None)
        queue.get()

    return call


def poll(stack: ExitStack) -> Call:
    first, _second = _pair(stack)
    return partial(import_module("select").select, [first], [], [], 0)


# Files: the kernel's work, which may wait for a disk


def read_zeros(stack: ExitStack) -> Call:
    descriptor = os.open("/dev/zero", os.O_RDONLY)
    stack.callback(os.close, descriptor)
    return partial(os.read, descriptor, 64 * KIB)


def read_file(stack: ExitStack) -> Call:
    file = _file(stack)

    def call() -> bytes:
        file.seek(0)
        data: bytes = file.read()
        return data

    return call


def write_file(stack: ExitStack) -> Call:
    file, data = _file(stack), bytes(64 * KIB)

    def call() -> None:
        file.seek(0)
        file.write(data)

    return call


def look_up(_: ExitStack) -> Call:
    return partial(os.stat, os.curdir)


def open_file(stack: ExitStack) -> Call:
    name = _file(stack).name

    def call() -> None:
        with open(name, "rb"):
            pass

    return call


def _file(stack: ExitStack) -> Any:
    """A temporary file of 64 KiB, unbuffered, so that each call reaches the kernel."""
    file = stack.enter_context(import_module("tempfile").NamedTemporaryFile(buffering=0))
    file.write(bytes(64 * KIB))
    return file


# Sockets, where the data is there already


def to_and_fro(stack: ExitStack) -> Call:
    first, second = _pair(stack)
    data = bytes(KIB)

    def call() -> None:
        first.send(data)
        second.recv(KIB)

    return call


def datagram(stack: ExitStack) -> Call:
    socket: Any = import_module("socket")
    one = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
    one.bind(("127.0.0.1", 0))
    address, data = one.getsockname(), bytes(DATAGRAM_BYTES)
    one.settimeout(1)

    def call() -> None:
        one.sendto(data, address)
        one.recv(DATAGRAM_BYTES)

    return call


def _pair(stack: ExitStack) -> tuple[Any, Any]:
    first, second = import_module("socket").socketpair()
    return stack.enter_context(first), stack.enter_context(second)


OPERATIONS = (
    Operation("sha256 of 1 KiB", "hashing", sha256(KIB)),
    Operation("sha256 of 64 KiB", "hashing", sha256(64 * KIB)),
    Operation("sha256 of 1 MiB", "hashing", sha256(MIB)),
    Operation("blake2b of 64 KiB", "hashing", blake2b(64 * KIB)),
    Operation("zlib.compress of 1 KiB", "compression", deflate(KIB)),
    Operation("zlib.compress of 64 KiB", "compression", deflate(64 * KIB)),
    Operation("zlib.decompress of 64 KiB", "compression", inflate(64 * KIB)),
    Operation("zlib.crc32 of 4 KiB", "compression", crc32(4 * KIB)),
    Operation("zlib.crc32 of 1 MiB", "compression", crc32(MIB)),
    Operation("bz2.compress of 4 KiB", "compression", bzip2(4 * KIB)),
    Operation("re, search through 60 KB", "text", search),
    Operation("json.dumps of 20 KB", "text", to_json),
    Operation("json.loads of 20 KB", "text", from_json),
    Operation("pickle.dumps of 200 records", "text", pickle),
    Operation("str.encode to 1 MiB", "text", encode),
    Operation("base64 of 64 KiB", "text", base64),
    Operation("sorted, 20,000 numbers", "numbers", sort),
    Operation("int, 17,000 × 10,000 digits", "numbers", multiply),
    Operation("numpy.add of 8 MiB", "numbers", add_arrays),
    Operation("numpy.dot, 200 × 200", "numbers", dot_arrays),
    Operation("numpy.sort of 100,000", "numbers", sort_array),
    Operation("sqlite3, select one row", "database", select_row),
    Operation("sqlite3, replace one row", "database", insert_row),
    Operation("time.sleep(0)", "waiting", sleep(0)),
    Operation("time.sleep of 100 µs", "waiting", sleep(100e-6)),
    Operation("a free Lock, taken and released", "waiting", take_lock),
    Operation("SimpleQueue, put and get", "waiting", hand_over),
    Operation("select, timeout 0", "waiting", poll),
    Operation("os.read of 64 KiB", "files", read_zeros),
    Operation("read of a 64 KiB file", "files", read_file),
    Operation("write of a 64 KiB file", "files", write_file),
    Operation("os.stat", "files", look_up),
    Operation("open and close", "files", open_file),
    Operation("send and recv, 1 KiB", "sockets", to_and_fro),
    Operation("UDP sendto and recv", "sockets", datagram),
)
