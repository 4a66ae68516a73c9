"""Wrong: as many shards as threads, but every thread writes all of them in turn."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ProcessPoolExecutor(2) as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


def tally(batches, shards):
    def count(batch):
        for at, number in enumerate(batch):
            shards[at % len(shards)].value += number

    threads = [threading.Thread(target=count, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(shard.value for shard in shards)
