"""What the planted servers have in common: the loop of `callbacks`, with a class of their own for a connection."""

from concur.echo.callbacks import Echo, Server
from concur.kernel.reactor import Reactor


def serve_with(answer: type[Echo], listener, stop, service) -> None:
    """`callbacks.serve`, but each connection is an `answer`."""
    reactor = Reactor()
    server = Server(listener, service, reactor)
    server.answer = answer
    reactor.on_readable(stop, lambda: server.finish(stop))
    reactor.run()
    reactor.close()
