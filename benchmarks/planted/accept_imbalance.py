"""The fault: of two workers with a loop each, the second accepts two connections and leaves all others to the first.

EPOLLEXCLUSIVE on one listener does as much by itself, with other numbers each time: the kernel wakes whoever began
to wait last, which is the worker that is just done (benchmarks/accept_spread.py). Here the shares are always the same.
"""

from functools import partial

from healthy import Healthy  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Server
from concur.echo.forked import Children
from concur.kernel.reactor import Reactor

FEW = 2


class Modest(Server):
    def accept(self):
        super().accept()
        if self.service.accepted >= FEW:
            self.reactor.on_readable(self.listener, None)


def serve(listener, stop, service):
    children = Children(stop, service)
    children.fork_all([partial(run, kind, listener, stop) for kind in (Server, Modest)])
    children.watch()
    listener.close()
    children.wait()


def run(kind, listener, stop, service):
    reactor = Reactor()
    server = kind(listener, service, reactor)
    server.answer = Healthy  # with work to do, so that it is a worker which is busy
    reactor.on_readable(stop, lambda: server.finish(stop))
    reactor.run()
    reactor.close()
