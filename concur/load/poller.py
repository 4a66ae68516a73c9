"""Which descriptors are ready: epoll where there is one, else what `selectors` has. Tier 1.

`CONCUR_POLLER=select` forces the second. `epoll` is used bare since a
`selectors` call costs as much as a small read; and its time-out in whole
milliseconds is sharpened by a `select` on epoll's own descriptor, which keeps
microseconds.
"""

import os
import select
import selectors
import sys
from typing import Protocol

READ, WRITE = 1, 4  # epoll's numbers for readable and writable


class Poller(Protocol):
    """Descriptors watched for reading, or for writing too (`watch` again changes that)."""

    def watch(self, descriptor: int, events: int) -> None: ...
    def change(self, descriptor: int, events: int) -> None: ...
    def forget(self, descriptor: int) -> None: ...
    def wait(self, timeout_ns: int) -> list[tuple[int, int]]: ...


def make_poller(*, precise: bool) -> Poller:
    """The best poller here; `precise` ones keep time-outs under a millisecond, for a system call more."""
    if sys.platform == "linux" and os.environ.get("CONCUR_POLLER") != "select":
        return EpollPoller(precise)
    forced = os.environ.get("CONCUR_POLLER") == "select"
    return SelectorPoller(selectors.SelectSelector() if forced else selectors.DefaultSelector())


if sys.platform == "linux":

    class EpollPoller:
        """epoll, level-triggered. A closed descriptor forgets itself."""

        def __init__(self, precise: bool) -> None:
            self.epoll = select.epoll()
            self.precise = precise
            self.watch = self.epoll.register
            self.change = self.epoll.modify

        def forget(self, descriptor: int) -> None:
            """Nothing to do: the kernel does it when the descriptor is closed."""

        def wait(self, timeout_ns: int) -> list[tuple[int, int]]:
            """What is ready, as (descriptor, events); waits for at most `timeout_ns`."""
            if not self.precise:
                return self.epoll.poll(max(timeout_ns, 0) / 1e9)
            if timeout_ns > 0:
                select.select([self.epoll], [], [], timeout_ns / 1e9)
            return self.epoll.poll(0)


class SelectorPoller:
    """Whatever `selectors` has, under the same four names."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector

    def watch(self, descriptor: int, events: int) -> None:
        """Begin to watch a descriptor."""
        self.selector.register(descriptor, _mask(events))

    def change(self, descriptor: int, events: int) -> None:
        """Watch it for other events from now on."""
        self.selector.modify(descriptor, _mask(events))

    def forget(self, descriptor: int) -> None:
        """Stop watching it; needed before it is closed."""
        self.selector.unregister(descriptor)

    def wait(self, timeout_ns: int) -> list[tuple[int, int]]:
        """What is ready, as (descriptor, events); waits for at most `timeout_ns`."""
        ready = self.selector.select(max(timeout_ns, 0) / 1e9)
        return [(key.fd, _events(mask)) for key, mask in ready]


def _mask(events: int) -> int:
    return (selectors.EVENT_READ if events & READ else 0) | (selectors.EVENT_WRITE if events & WRITE else 0)


def _events(mask: int) -> int:
    return (READ if mask & selectors.EVENT_READ else 0) | (WRITE if mask & selectors.EVENT_WRITE else 0)
