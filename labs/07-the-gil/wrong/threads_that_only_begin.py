"""Wrong: each thread begins with a batch, and one counts them all."""

import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


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
    begun = {}

    def begin(at, batch):
        begun[at] = iter(batch)

    threads = [threading.Thread(target=begin, args=each) for each in enumerate(batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at, shard in enumerate(shards):
        for number in begun[at]:
            shard.value += number
    return sum(shard.value for shard in shards)
