"""The crawler in coroutines, which our kernel runs as tasks, one for each request that is under way.

The neighbour of `asyncio_streams`: a task for a request, a group that waits for
them all, an error that is thrown in where a wait takes too long.
"""

from concur.crawl.addresses import Address
from concur.crawl.awaiting import Lines
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.crawl.keeping import new_socket
from concur.crawl.reacting import grace
from concur.echo.stop import Stop
from concur.kernel import streams
from concur.kernel.news import News
from concur.kernel.streams import Channel
from concur.kernel.tasks import Cancelled, Group, Kernel, the_reactor, timeout
from concur.kernel.trampoline import done


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    Kernel().run(main(crawl, stop))


async def main(crawl: Crawl, stop: Stop) -> None:
    """Begin what may begin, then wait for the end of a request, for a time, or for the stop."""
    news = News()

    async def look_up(host: str, port: int) -> list[Address]:
        return await done(crawl.addresses.asked(host, port))

    lines = Lines(crawl, Stream.to, look_up, timeout)
    async with Group() as listeners:
        await listeners.spawn(hear(stop, news))
        async with Group() as requests:
            with grace(stop, await the_reactor(), requests.cancel):
                while not (crawl.is_done or stop.is_requested):
                    while job := crawl.take():
                        await requests.spawn(work(job, crawl, lines, news))
                    await news.wait(crawl.wait_s())
                while requests.tasks:
                    await news.wait()
        listeners.cancel()
    lines.close()


async def work(job: Job, crawl: Crawl, lines: Lines, news: News) -> None:
    """Carry one job out."""
    try:
        crawl.settle(job, await lines.fetch(job))
    except Cancelled:
        crawl.abandon(job)
        raise
    finally:
        news.come()


async def hear(stop: Stop, news: News) -> None:
    """The stop is news, too."""
    with Channel(stop) as channel:
        await channel.readable
    news.come()


class Stream(streams.Stream):
    """The kernel's stream, on a socket of its own."""

    @classmethod
    async def to(cls, address: Address) -> "Stream":
        """One that is connected to an address. Raises OSError."""
        stream = cls(new_socket(address))
        try:
            await stream.connect(address[1])
        except BaseException:
            stream.close()
            raise
        return stream

    def close(self) -> None:
        """End it."""
        self.__exit__()
        self._socket.close()
