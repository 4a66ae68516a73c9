"""The crawler on Tornado's streams, whose loop is asyncio's by now.

The tasks are asyncio's; what waits for a socket is the IOStream. It reads into a
buffer of its own and gives what is there, so a page's bytes are copied once more.
"""

import asyncio
import logging

from tornado.iostream import IOStream, StreamClosedError

from concur.crawl.addresses import Address
from concur.crawl.asyncio_streams import carry_out
from concur.crawl.contract import Crawl
from concur.crawl.keeping import new_socket
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Run asyncio's loop, which Tornado's is a view of, until nothing is left or the stop is requested."""
    logging.getLogger("tornado.general").setLevel(logging.CRITICAL)  # a server's faults: they are raised here as well
    asyncio.run(carry_out(crawl, stop, Stream.connect))


class Stream:
    """Tornado's stream, with its peer's end as no bytes and its errors as the system's."""

    def __init__(self, stream: IOStream) -> None:
        self._stream = stream
        self.close = stream.close

    @classmethod
    async def connect(cls, address: Address) -> "Stream":
        """Connect to an address. Raises OSError."""
        stream = IOStream(new_socket(address))
        try:
            await stream.connect(address[1])
        except BaseException as error:
            stream.close()
            raise _as_os_error(error) from None
        return cls(stream)

    async def read(self, size: int) -> bytes:
        """Some bytes; none at the peer's end. Raises OSError."""
        try:
            return await self._stream.read_bytes(size, partial=True)
        except StreamClosedError as closed:
            if closed.real_error:
                raise _as_os_error(closed) from None
            return b""

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        try:
            await self._stream.write(data)
        except StreamClosedError as closed:
            raise _as_os_error(closed) from None


def _as_os_error(error: BaseException) -> BaseException:
    if not isinstance(error, StreamClosedError):
        return error
    return error.real_error or ConnectionResetError("the stream is closed")
