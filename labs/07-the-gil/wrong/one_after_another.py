"""Wrong: a thread for each batch, one after another. Nothing is shared, and nothing happens at once."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ProcessPoolExecutor(2) as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


def tally(batches, shards):
    def count(batch, shard):
        for number in batch:
            shard.value += number

    for both in zip(batches, shards, strict=True):
        thread = threading.Thread(target=count, args=both)
        thread.start()
        thread.join()
    return sum(shard.value for shard in shards)
