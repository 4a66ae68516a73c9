"""Wrong: the GIL changes hands 10,000 times a second. Each message still waits for it, and the work gets slower."""

import sys
import threading


def run_beside(crunch, pieces, exchange):
    sys.setswitchinterval(0.0001)
    answers = []
    computing = threading.Thread(target=lambda: answers.extend(map(crunch, pieces)))
    computing.start()
    while computing.is_alive():
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
