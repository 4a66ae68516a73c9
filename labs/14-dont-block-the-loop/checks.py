"""The gates of this lab: right answers, a loop that goes on, no call that stops it, and requests side by side.

No clock decides: turns of the loop are counted, and beats of a thread beside it,
blocking calls are recorded, reminders run on a virtual clock, and the other service
answers when enough questions are there.
"""

import asyncio
import hashlib
import itertools
import os
import random
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from concur.labs.gates import (
    BlockingCall,
    InFlight,
    ThreadHeartbeat,
    blocking_calls,
    heartbeats_during,
    require,
    run_virtual,
)

BEATS = 5  # turns of the loop in a request; a loop that stands still has none, one that goes on has thousands
LATE_S, ROUNDS = 0.4, 1_300_000  # a request takes so long, or seals so often: who blocks the loop for it is seen to
SWITCH_S = 0.0005  # so that a loop's thread that computes leaves the other one its beats
ATTEMPTS = 3
TURNING = f"the loop turns {BEATS} times or more while a request is handled"
ALL_ALONG = "it turns all the while, from the request's beginning to its end"
TOGETHER = 4  # questions upstream at a time: not more than the threads that asyncio.to_thread has on one CPU
PATIENCE_S = 1.5  # of the other service, until it answers in any case; work.py's own is longer
SLOW_HASHES = {"pbkdf2_hmac", "scrypt"}
DELAYS_S = (0.25, 0.5, 0.125)


class Upstream(socketserver.ThreadingTCPServer):
    """The other service, in threads of its own. It answers once `may_answer` is set.

    asked: how many questions are there; so many together set it, too.
    """

    daemon_threads = allow_reuse_address = True

    def __init__(self, together: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.prices: dict[str, int] = {}
        self.asked = InFlight()
        self.may_answer = threading.Event()
        self._together = together
        self.late_s = 0.0

    def price(self, name: str) -> int:
        """Made up anew for each name."""
        return self.prices.setdefault(name, random.randrange(1_000_000))

    def wait(self) -> None:
        """Until it may answer; or for so long that nothing else is to be expected."""
        if self.asked.most >= self._together > 0:
            self.may_answer.set()
        self.may_answer.wait(PATIENCE_S)
        time.sleep(self.late_s)


class Asked(socketserver.StreamRequestHandler):
    """One question: a name on a line."""

    server: Upstream

    def handle(self) -> None:
        name = self.rfile.readline().decode().strip()
        with self.server.asked:
            self.server.wait()
            self.wfile.write(f"{self.server.price(name)}\n".encode())


@contextmanager
def upstream(together: int = 1) -> Iterator[Upstream]:
    """It serves while the block runs. Without `together` it answers when the block sets `may_answer`."""
    with Upstream(together) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def words() -> str:
    """Two words that nobody has seen before."""
    return f"{random.randrange(10**9)} {random.randrange(10**9)}"


def requests(server: Upstream, work: ModuleType, delay_s: float = 0.05) -> dict[str, str]:
    """One line of each kind that takes time, and what is to be answered."""
    text, name, secret = words(), words(), words()
    seal = hashlib.pbkdf2_hmac("sha256", secret.encode(), work.SALT, work.ROUNDS).hex()
    return {
        f"remind {delay_s} {text}": f"remember: {text}",
        f"price {name}": f"{name} costs {server.price(name)}",
        f"seal {secret}": f"{secret} {seal}",
    }


def check_answers(work: ModuleType) -> str:
    with upstream() as server:
        text = words()
        wanted = requests(server, work) | {
            f"ping {text}": f"pong {hashlib.sha256(text.encode()).hexdigest()[:8]}",
            "brew tea": "what is «brew»?",
        }
        for line, answer in wanted.items():
            got = asyncio.run(work.Service(server.server_address).handle(line))
            require(got == answer, f"«{answer}» for «{line}»", f"{got!r}")
    return f"{len(wanted)} kinds of lines, each with its answer"


class Turns(NamedTuple):
    """Of the loop, during a request: how many; of another thread's beats, those between two of them at most, and all.

    On a busy machine that thread has a few beats in place of hundreds. The most of
    them come between two turns if the loop stands still, and few if it goes on.
    """

    beats: int
    still: int
    of: int

    @property
    def is_enough(self) -> bool:
        return self.beats >= BEATS and self.still <= self.of / 2


def check_heartbeats(work: ModuleType) -> str:
    """A loop that stands still has no turn, each time. One that goes on may be kept from it once, by a busy machine."""
    counted: dict[str, Turns] = {}
    work.ROUNDS = ROUNDS
    sys.setswitchinterval(SWITCH_S)
    with upstream(together=0) as server:
        server.late_s = LATE_S
        for attempt in range(ATTEMPTS):
            lines = [line for line in requests(server, work, LATE_S) if not _is_enough(counted, line)]
            counted |= {line.split()[0]: _turns_in(work, server, line) for line in lines}
            if attempt == 0:
                require(max(each.beats for each in counted.values()) > 0, TURNING, "no turn in any of them")
    seen = ", ".join(f"{verb}: {each.beats} turns" for verb, each in counted.items())
    require(min(each.beats for each in counted.values()) >= BEATS, TURNING, seen)
    still = [f"{verb}: {each.still} of {each.of} times" for verb, each in counted.items() if not each.is_enough]
    seen_still = f"between two turns of it another thread ran again and again; in {', '.join(still)}"
    require(not still, ALL_ALONG, seen_still, "It turned for a while. By what was it kept then, or before?")
    return seen


def _is_enough(counted: dict[str, Turns], line: str) -> bool:
    found = counted.get(line.split()[0])
    return found is not None and found.is_enough


def _turns_in(work: ModuleType, server: Upstream, line: str) -> Turns:
    server.may_answer.clear()
    with ThreadHeartbeat() as heart:
        return asyncio.run(_turns(work.Service(server.server_address), line, server.may_answer, heart))


async def _turns(service: Any, line: str, may_answer: threading.Event, heart: ThreadHeartbeat) -> Turns:
    """The other service answers after some turns of this loop: who blocks it waits in vain."""
    still = last = 0

    async def turn() -> None:
        nonlocal still, last
        for at in itertools.count():
            still, last = max(still, heart.beats - last), heart.beats
            if at == 4 * BEATS:
                may_answer.set()
            await asyncio.sleep(0)

    await asyncio.to_thread(int)  # the pool has a thread now: starting one on a busy machine can take long
    last = began = heart.beats
    turning = asyncio.create_task(turn())
    _, beats = await heartbeats_during(service.handle(line))
    ended = heart.beats
    turning.cancel()
    return Turns(beats, max(still, ended - last), ended - began)


def check_blocking(work: ModuleType) -> str:
    found: dict[str, list[str]] = {}
    with upstream() as server:
        for line in requests(server, work):
            found[line.split()[0]] = asyncio.run(_blocking(work.Service(server.server_address), line))
    seen = "; ".join(f"in {verb} {len(calls)}" for verb, calls in found.items() if calls)
    detail = "\n".join(f"{verb}: {call}" for verb, calls in found.items() for call in calls)
    require(not seen, "no call on the loop's thread that blocks it", seen, detail)
    return f"none in {', '.join(found)}"


async def _blocking(service: Any, line: str) -> list[str]:
    with blocking_calls() as calls, slow_hashes() as hashes:
        await service.handle(line)
    return [*map(str, calls.calls), *hashes]


@contextmanager
def slow_hashes() -> Iterator[list[str]]:
    """Where this thread computes a hash that is slow on purpose: Python tells a profiler of each call."""
    found: list[str] = []

    def hear(frame: FrameType, event: str, argument: Any) -> None:
        name = argument.__name__ if event == "c_call" else frame.f_code.co_name if event == "call" else ""
        caller = frame if event == "c_call" else frame.f_back or frame
        if name in SLOW_HASHES:
            found.append(str(BlockingCall(f"hashlib.{name}", _place(caller))))

    before = sys.getprofile()
    sys.setprofile(hear)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{os.path.basename(code.co_filename)}:{frame.f_lineno} in {code.co_name}"


def check_side_by_side(work: ModuleType) -> str:
    _reminders(work)
    with upstream(TOGETHER) as server:
        service = work.Service(server.server_address)
        names = [words() for _ in range(TOGETHER)]
        asyncio.run(_all(service, [f"price {name}" for name in names]))
        most = server.asked.most
        require(most >= TOGETHER, f"{TOGETHER} questions upstream at the same time", f"{most} at a time")
    return f"{len(DELAYS_S)} reminders took as long as the longest; {most} questions were upstream at a time"


def _reminders(work: ModuleType) -> None:
    lines = [f"remind {delay_s} {words()}" for delay_s in DELAYS_S]
    timed = run_virtual(_all(work.Service(("127.0.0.1", 9)), lines))
    asked = (
        f"reminders of {', '.join(map(str, DELAYS_S))} s, sent together, take {max(DELAYS_S)} s on the loop's own clock"
    )
    seen = f"they took {timed.elapsed_s} s"
    require(timed.elapsed_s == max(DELAYS_S), asked, seen, _why(timed.elapsed_s))


def _why(elapsed_s: float) -> str:
    if elapsed_s == 0:
        return "The clock stood still: nobody asked the loop to wait."
    return "They waited one after another." if elapsed_s == sum(DELAYS_S) else ""


async def _all(service: Any, lines: list[str]) -> list[Any]:
    return await asyncio.gather(*map(service.handle, lines))
