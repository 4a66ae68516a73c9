"""The blocking calls that are made on a loop's thread: while one lasts, the loop does nothing else. Tier 0.

    with blocking_calls() as calls:                 # of this thread, which is to be the loop's
        asyncio.run(work.main())
    require(not calls, "no blocking call on the loop's thread", str(calls))

Recorded are sleeps; calls on sockets that block, whether or not they had to wait;
look-ups of names; waits for a child; waits for another thread, whatever for:
queues, events, conditions, semaphores, futures, joins; reading from a pipe that is
empty; select. Not recorded, since nobody tells of them: a plain lock, SimpleQueue,
files on disk, and what asyncio does itself. Heartbeats see these too.

Where Python reports a call itself (sys.audit, PEP 578) that is listened to: it
sees what was imported under any name. All else is replaced while the block lasts
(`replaced.py` says what), in its own module and in those that imported it by name.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from concur.labs.gates import replaced
from concur.labs.gates.replaced import AUDITED, BlockingCall, BlockingCalls

__all__ = ["BlockingCall", "BlockingCalls", "blocking_calls"]

_lock = threading.Lock()
_is_listening = False


@contextmanager
def blocking_calls(*allowed: str) -> Iterator[BlockingCalls]:
    """Record the blocking calls of this thread while the block runs; `allowed` are names that are not recorded.

    As a condition, what it gives says whether there were any; `calls`, `names` and `str` say which, and where.
    Several threads may each have a block.
    """
    calls, thread = BlockingCalls(frozenset(allowed)), threading.get_ident()
    with _lock:
        listen()
        if not replaced.watched:
            replaced.replace_all()
        replaced.watched[thread] = calls
    try:
        yield calls
    finally:
        with _lock:
            del replaced.watched[thread]
            if not replaced.watched:
                replaced.put_all_back()


def listen() -> None:
    """Hear what Python reports, from now on: there is no way to take it back."""
    global _is_listening
    if not _is_listening:
        sys.addaudithook(hear)
        _is_listening = True


def hear(event: str, arguments: Any) -> None:
    """For each thing that Python reports, from any thread: so it is quick."""
    if replaced.watched and event in AUDITED:
        calls = replaced.watched.get(threading.get_ident())
        if calls is not None:
            calls.add(event, sys._getframe(1))
