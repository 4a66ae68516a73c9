"""Wrong: another process talks, and this one waits."""

import os
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

WORKERS = 2


def elsewhere() -> Executor:
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return ProcessPoolExecutor(WORKERS) if has_gil else ThreadPoolExecutor(WORKERS)


def run_beside(crunch, pieces, exchange):
    child = os.fork()
    if child == 0:
        try:
            for _ in range(100):
                exchange()
        finally:
            os._exit(0)
    with elsewhere() as pool:
        answers = list(pool.map(crunch, pieces))
    os.waitpid(child, 0)
    exchange()
    return answers


def tally(batches, shards):

    def count(batch, shard):
        for number in batch:
            shard.value += number

    threads = [threading.Thread(target=count, args=both) for both in zip(batches, shards, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(shard.value for shard in shards)
