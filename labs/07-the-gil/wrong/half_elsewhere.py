"""Wrong: the large piece is moved out, and the small ones are done here, between two messages."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ProcessPoolExecutor(1) as pool:
        large = pool.submit(crunch, pieces[0])
        small = []
        while not large.done():
            exchange()
            if len(small) < len(pieces) - 1:
                small.append(crunch(pieces[1 + len(small)]))
    return [large.result(), *small]


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
