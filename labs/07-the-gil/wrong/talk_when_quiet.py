"""Wrong: whoever sleeps long enough is not in the way of the work, and talks to nobody meanwhile."""

import threading
import time


def run_beside(crunch, pieces, exchange):
    answers = []
    computing = threading.Thread(target=lambda: answers.extend(map(crunch, pieces)))
    computing.start()
    while computing.is_alive():
        time.sleep(0.5)
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
