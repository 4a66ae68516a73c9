"""The work goes to processes, or, where there is no GIL, to threads; and each thread counts for itself."""

import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


def elsewhere() -> Executor:
    """Workers that compute without this thread's GIL.

    From 3.14 on `InterpreterPoolExecutor(WORKERS)` would do as well: interpreters in this process, each with a GIL.
    """
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return ProcessPoolExecutor(WORKERS) if has_gil else ThreadPoolExecutor(WORKERS)


def run_beside(crunch, pieces, exchange):
    """Crunch all pieces, and exchange messages with the peer meanwhile. Return the answers, in the order of pieces."""
    with elsewhere() as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


def tally(batches, shards):
    """Add up the numbers of all batches, with one thread for each batch, all at once. Return the sum."""

    def count(batch, shard):
        for number in batch:
            shard.value += number

    threads = [threading.Thread(target=count, args=both) for both in zip(batches, shards, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(shard.value for shard in shards)
