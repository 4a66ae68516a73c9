"""Wrong: the work is elsewhere, and this thread waits for it before it says a word."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ProcessPoolExecutor(2) as pool:
        answers = list(pool.map(crunch, pieces))
    for _ in range(100):
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
