"""Which descriptors are ready: one interface over epoll, and over selectors elsewhere.

Tier 0. `CONCUR_POLLER=select` forces the portable one. A poller is level
triggered: what is still ready is reported again.
"""

import os
import select
import selectors
from typing import Protocol

READABLE = 0x001  # the values of EPOLLIN and EPOLLOUT, so that epoll's answers need no translation
WRITABLE = 0x004
FOR_EVER = -1  # epoll's word for it; PyPy's takes no None


class Poller(Protocol):
    """`wait` gives (descriptor, mask) pairs. A mask may hold more than was watched: errors and hang-ups."""

    name: str

    def watch(self, fd: int, interest: int) -> None:
        """Report this descriptor when it is ready for any of `interest`, in place of what was watched before."""

    def unwatch(self, fd: int) -> None:
        """Report it no more. It is open still."""

    def forget(self, fd: int) -> None:
        """It is about to be closed."""

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        """Block until something is ready or the time has passed; FOR_EVER has no end."""

    def close(self) -> None: ...


class EpollPoller:
    """Linux's epoll. Its cost does not grow with the number of descriptors that are quiet."""

    name = "epoll"

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.wait = self._epoll.poll
        self.close = self._epoll.close

    def watch(self, fd: int, interest: int) -> None:
        try:
            self._epoll.register(fd, interest)
        except FileExistsError:
            self._epoll.modify(fd, interest)

    def unwatch(self, fd: int) -> None:
        self._epoll.unregister(fd)

    def forget(self, fd: int) -> None:
        """Nothing to do: the kernel drops a descriptor that is closed, so a call is saved."""


class SelectorPoller:
    """Whatever `selectors` finds best here, or `select` itself when it is asked for."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self.name = type(selector).__name__.removesuffix("Selector").lower()
        self.close = selector.close

    def watch(self, fd: int, interest: int) -> None:
        events = (selectors.EVENT_READ if interest & READABLE else 0) | (
            selectors.EVENT_WRITE if interest & WRITABLE else 0
        )
        if fd in self._selector.get_map():
            self._selector.modify(fd, events)
        else:
            self._selector.register(fd, events)

    def unwatch(self, fd: int) -> None:
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    forget = unwatch  # select() fails as a whole for one descriptor that is closed

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        return [
            (
                key.fd,
                (READABLE if events & selectors.EVENT_READ else 0)
                | (WRITABLE if events & selectors.EVENT_WRITE else 0),
            )
            for key, events in self._selector.select(None if timeout_s == FOR_EVER else timeout_s)
        ]


def make_poller() -> Poller:
    """The best poller here, or the one that CONCUR_POLLER asks for."""
    if os.environ.get("CONCUR_POLLER") == "select":
        return SelectorPoller(selectors.SelectSelector())
    if hasattr(select, "epoll"):
        return EpollPoller()
    return SelectorPoller(selectors.DefaultSelector())
