"""Blocks the one loop that serves all, while it waits for one."""

import asyncio
import time

from concur.echo.contract import READ_BYTES, Lines


def serve(listener, stop, service):
    asyncio.run(main(listener, stop, service))


async def main(listener, stop, service):
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_reader(stop, stopped.set)

    async def answer(reader, writer):
        lines = Lines()
        while data := await reader.read(READ_BYTES):
            for line in lines.feed(data) if service.is_dosed else [data]:
                time.sleep(service.dose.wait_s)  # noqa: ASYNC251 # this is what is wrong with it
                writer.write(line)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, sock=listener):
        await stopped.wait()
