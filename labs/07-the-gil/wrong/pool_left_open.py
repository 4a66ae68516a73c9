"""Wrong: the processes of the pool stay, and wait for more to do."""

import threading
from concurrent.futures import ProcessPoolExecutor

pools = []


def run_beside(crunch, pieces, exchange):
    pools.append(ProcessPoolExecutor(2))
    crunching = [pools[-1].submit(crunch, piece) for piece in pieces]
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
