"""Wrong: a pool of threads. There are more of them now that want the same GIL."""

import threading
from concurrent.futures import ThreadPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ThreadPoolExecutor(len(pieces)) as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


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
