"""The GIL, with and without: a thread that talks, beside work that computes.

Both functions run, and give right answers. Neither does what it promises: mend
one, check, mend the next. `python work.py` shows what the first one does now.
"""

import threading


def run_beside(crunch, pieces, exchange):
    """Crunch all pieces, and exchange messages with the peer meanwhile. Return the answers, in the order of pieces.

    `crunch(piece)` computes for a part of a second and returns an answer. It never waits. It may be
        called in any thread, process or interpreter, and can be pickled.
    `exchange()` sends the peer one message and waits for the answer, which takes the peer 2 ms. It is to be
        called here, in this thread, again and again, until all pieces are crunched.
    """
    answers = []

    def crunch_all():
        for piece in pieces:
            answers.append(crunch(piece))

    # TODO: this thread needs the GIL to compute, and this function needs it after each exchange.
    computing = threading.Thread(target=crunch_all)
    computing.start()
    while computing.is_alive():
        exchange()
    computing.join()
    return answers


def tally(batches, shards):
    """Add up the numbers of all batches, with one thread for each batch, all at once. Return the sum.

    `batches` is a list of iterables of numbers.
    `shards` is a list of counters, as many as there are batches. Each has a `value`, which begins with 0. Each may
        be written by one thread only; afterwards they add up to the sum.
    """

    def count(batch):
        for number in batch:
            shards[0].value += number  # TODO: all threads write this one

    threads = [threading.Thread(target=count, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shards[0].value


# `python work.py` runs what follows. Here the peer is a sleep, which makes a thread wait just as well.


def spin(steps):
    """Something to crunch."""
    for _ in range(steps):
        pass
    return steps


def show():
    """Exchanges alone, and beside the work: how many there were, and how long one took."""
    import time

    took_ms = []

    def exchange():
        began = time.perf_counter()
        time.sleep(0.002)
        took_ms.append((time.perf_counter() - began) * 1000)

    def told():
        return f"{len(took_ms):4} exchanges, {sorted(took_ms)[len(took_ms) // 2]:.1f} ms each" if took_ms else "none"

    for _ in range(50):
        exchange()
    print("alone: ", told())
    took_ms.clear()
    run_beside(spin, [20_000_000], exchange)
    print("beside:", told())


if __name__ == "__main__":
    show()
