"""The web's server: a listener for each host, on uvloop's loop where that is installed. Tier 1.

What must not live here: what is said on a connection (`conversation.py`).
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec

from concur.echo.contract import BACKLOG, listen
from concur.web import log
from concur.web.addresses import Addresses, Origin
from concur.web.conversation import Conversation, Site
from concur.web.graph import Web


def run(web: Web, host: str, port: int, ready: Callable[[Site], None], *, until_eof: int | None = None) -> log.Log:
    """Serve until SIGINT or SIGTERM; the log. `ready` is called once the web can be reached.

    Host k of the web listens on port + k, or all on free ports where port is 0. until_eof is a descriptor whose end
    ends the serving, too. Raises MachineError where it cannot listen, UsageError where that cannot be an address.
    """
    with ExitStack() as stack:
        listeners = [stack.enter_context(listen(host, port + number if port else 0)) for number in range(web.hosts)]
        site = Site(Addresses(web, [_origin(listener) for listener in listeners]))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(site, listeners, ready, until_eof))
    return site.log


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's loops where it is installed, since they are the faster ones; else asyncio's."""
    if find_spec("uvloop") is None:
        return asyncio.SelectorEventLoop
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def loop_name() -> str:
    """Which loop serves: `uvloop` or `asyncio`."""
    return "asyncio" if find_spec("uvloop") is None else "uvloop"


def _origin(listener: socket.socket) -> Origin:
    host, port = listener.getsockname()[:2]
    return Origin("http", host, port)


async def _serve(
    site: Site, listeners: Sequence[socket.socket], ready: Callable[[Site], None], until_eof: int | None
) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if until_eof is not None:
        loop.add_reader(until_eof, stopped.set)
    servers = [
        await loop.create_server(lambda: Conversation(site), sock=listener, backlog=BACKLOG) for listener in listeners
    ]
    ready(site)
    await stopped.wait()
    if until_eof is not None:
        loop.remove_reader(until_eof)
    for server in servers:
        server.close()
    await site.abort_all()
