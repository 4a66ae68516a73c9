"""What the models on our reactor share: how they hear that the grace period is over. Tier 0."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from concur.echo.stop import Stop
from concur.kernel.reactor import Reactor


@contextmanager
def grace(stop: Stop, reactor: Reactor, is_over: Callable[[], object]) -> Iterator[None]:
    """Within it, `is_over` is called by the reactor once the stop's grace period has passed.

    A signal's handler tells of that, and may find the reactor waiting: a future wakes it.
    """
    told: Future[None] = Future()

    def tell() -> None:
        if not told.done():
            told.set_result(None)

    stop.on_grace_over(tell)
    call = reactor.on_done(told, is_over)
    try:
        yield
    finally:
        call.cancel()
        told.cancel()
