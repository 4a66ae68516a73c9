"""Wrong: one counter with a lock around it. It loses nothing, and all threads wait for each other."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    with ProcessPoolExecutor(2) as pool:
        crunching = [pool.submit(crunch, piece) for piece in pieces]
        while not all(future.done() for future in crunching):
            exchange()
    return [future.result() for future in crunching]


def tally(batches, shards):
    lock = threading.Lock()

    def count(batch):
        for number in batch:
            with lock:
                shards[0].value += number

    threads = [threading.Thread(target=count, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shards[0].value
