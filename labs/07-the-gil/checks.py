"""The gates of this lab: who crunched, what the peer answered meanwhile, and who wrote what.

The peer and the work are in files of their own, since both also run in other
processes. No clock decides: the peer has one thread, and what it counted between
«begin» and «end» of a piece is an order of events.
"""

import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from concur.labs.gates import Failed, nothing_left, require

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where this lab's other files are
from crunching import Crunch, Piece, answer_to, where
from peer import Peer

STEPS = 150_000_000 if sys.implementation.name == "pypy" else 3_000_000  # a third of a second, more or less
SIZES = (STEPS, STEPS // 20, STEPS // 20)  # the first one is by far the last to end, if others may begin beside it
ROUND_TRIPS = 10  # of about 150; who waits for the GIL has one or two
NEVER_S = 30.0  # a switch interval longer than the work: who shares the GIL with it gets no turn
BATCHES, NUMBERS = 3, 200
PATIENCE_S = 3.0  # until a thread that is to be beside others is taken to be alone


# Work beside a thread that talks


class Ran(NamedTuple):
    """What came of `run_beside`; `told` is what the peer was told, `exchanged` how often this thread asked it."""

    pieces: list[Piece]
    answers: Any
    told: list[dict[str, Any]]
    exchanged: int


def run(work: ModuleType, switch_interval_s: float) -> Ran:
    """The learner's function, with pieces that nobody has seen before."""
    exchanged, here = 0, threading.get_ident()

    def exchange() -> None:
        nonlocal exchanged
        peer.exchange()
        exchanged += threading.get_ident() == here  # another process has a count of its own

    with Peer() as peer:
        pieces: list[Piece] = [(at, random.getrandbits(31), size, peer.address) for at, size in enumerate(SIZES)]
        usual_s = sys.getswitchinterval()
        sys.setswitchinterval(switch_interval_s)
        try:
            answers = work.run_beside(Crunch(), list(pieces), exchange)
        finally:
            sys.setswitchinterval(usual_s)
        return Ran(pieces, answers, peer.told(), exchanged)


def check_answers(work: ModuleType) -> str:
    ran = run(work, sys.getswitchinterval())
    wanted = [answer_to(piece) for piece in ran.pieces]
    asked = f"[crunch(piece), …] for {len(wanted)} pieces, in their order"
    if (
        isinstance(ran.answers, list)
        and ran.answers != wanted
        and sorted(map(str, ran.answers)) == sorted(map(str, wanted))
    ):
        raise Failed(asked, "the right answers in another order", f"wanted {wanted}\ngot    {ran.answers}")
    require(ran.answers == wanted, asked, f"{ran.answers!r}", f"wanted {wanted}")
    return f"{len(wanted)} answers, each in its place"


def check_elsewhere(work: ModuleType) -> str:
    ran, here = run(work, sys.getswitchinterval()), where()
    asked = "each piece crunched in another process or interpreter, or where there is no GIL"
    begun = {told["piece"]: told for told in ran.told if told["what"] == "begin"}
    for number in range(len(ran.pieces)):
        require(number in begun, asked, f"nobody called crunch(piece) for piece {number}")
        require(not _shares_gil(begun[number], here), asked, f"piece {number} was crunched under this thread's own GIL")
    kinds = {_place(told, here) for told in begun.values()}
    return f"crunched in {' and '.join(sorted(kinds))}"


def _shares_gil(there: dict[str, Any], here: dict[str, Any]) -> bool:
    return there["gil"] and all(there[each] == here[each] for each in ("pid", "interpreter"))


def _place(there: dict[str, Any], here: dict[str, Any]) -> str:
    if there["pid"] != here["pid"]:
        return "another process"
    return "another interpreter" if there["interpreter"] != here["interpreter"] else "a thread without a GIL"


def check_meanwhile(work: ModuleType) -> str:
    ran = run(work, NEVER_S)
    asked = (
        f"{ROUND_TRIPS} exchanges or more while the first piece is crunched, at a switch interval of {NEVER_S:.0f} s"
    )
    require(ran.exchanged > 0, asked, "exchange() was not called in this thread")
    answered = {told["what"]: told["answered"] for told in ran.told if told["piece"] == 0}
    require({"begin", "end"} <= answered.keys(), asked, "nobody called crunch(piece) for the first piece")
    meanwhile = answered["end"] - answered["begin"]
    seen = f"the peer answered {meanwhile}, of {ran.exchanged} in all"
    require(meanwhile >= ROUND_TRIPS, asked, seen)
    asked = "all of them from this thread: here run_beside was called, and here exchange() is to be"
    require(ran.exchanged >= meanwhile, asked, f"{ran.exchanged} from here, {meanwhile} and more in all")
    return f"the peer answered {meanwhile} while the first piece was crunched"


def check_left(work: ModuleType) -> str:
    with nothing_left():
        run(work, sys.getswitchinterval())
        tally(work)
    return "no thread, process or descriptor was left"


# Shards


class Shard:
    """A counter that remembers which threads wrote it."""

    def __init__(self) -> None:
        self._value, self.writers = 0, set[threading.Thread]()

    @property
    def value(self) -> int:
        """What it holds."""
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        self.writers.add(threading.current_thread())
        self._value = value


class Batch:
    """Numbers that come once all batches have a thread that waits for them, and end once all are about to."""

    def __init__(self, everyone: threading.Barrier) -> None:
        self.numbers = [random.randrange(1, 1000) for _ in range(NUMBERS)]
        self.counters = set[threading.Thread]()
        self.was_alone = False
        self._everyone = everyone

    def __iter__(self) -> Iterator[int]:
        for at, number in enumerate(self.numbers):
            self.counters.add(threading.current_thread())
            if at in (0, NUMBERS - 1):
                self._meet()
            yield number

    def _meet(self) -> None:
        try:
            self._everyone.wait(PATIENCE_S)
        except threading.BrokenBarrierError:
            self.was_alone = True


class Tallied(NamedTuple):
    """What came of `tally`."""

    batches: list[Batch]
    shards: list[Shard]
    total: Any


def tally(work: ModuleType) -> Tallied:
    """The learner's function, with batches that nobody has seen before."""
    everyone = threading.Barrier(BATCHES)
    batches, shards = [Batch(everyone) for _ in range(BATCHES)], [Shard() for _ in range(BATCHES)]
    return Tallied(batches, shards, work.tally(list(batches), list(shards)))


def check_shards(work: ModuleType) -> str:
    batches, shards, total = tally(work)
    threads = f"{BATCHES} batches, a thread for each, all at once"
    counters = set().union(*(batch.counters for batch in batches))
    require(len(counters) == BATCHES, threads, f"{len(counters)} thread{'s' * (len(counters) != 1)} counted")
    alone = "a batch was counted while others had no thread, or one that waited"
    require(not any(batch.was_alone for batch in batches), threads, alone)
    for at, shard in enumerate(shards):
        require(
            len(shard.writers) <= 1,
            "each shard written by one thread",
            f"{len(shard.writers)} threads wrote shard {at}",
        )
    wanted = sum(sum(batch.numbers) for batch in batches)
    held = sum(shard.value for shard in shards)
    require(held == wanted, f"shards that add up to {wanted}", f"they add up to {held}")
    require(total == wanted, f"{wanted} returned", f"{total!r}")
    return f"{BATCHES} threads at once, a shard for each, sum {total}"
