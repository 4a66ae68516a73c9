"""Wrong: the answers in the order in which the work ended."""

import threading
from concurrent.futures import ProcessPoolExecutor


def run_beside(crunch, pieces, exchange):
    answers = []
    with ProcessPoolExecutor(2) as pool:
        for piece in pieces:
            pool.submit(crunch, piece).add_done_callback(lambda done: answers.append(done.result()))
        while len(answers) < len(pieces):
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
