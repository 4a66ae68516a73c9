"""Wrong: all threads begin at once, and then count one after another."""

import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


TURN = threading.Lock()


def elsewhere() -> Executor:
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return ProcessPoolExecutor(WORKERS) if has_gil else ThreadPoolExecutor(WORKERS)


def run_beside(crunch, pieces, exchange):
    with elsewhere() as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


def tally(batches, shards):
    def count(batch, shard):
        numbers = iter(batch)
        shard.value += next(numbers)
        with TURN:
            for number in numbers:
                shard.value += number

    threads = [threading.Thread(target=count, args=both) for both in zip(batches, shards, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(shard.value for shard in shards)
