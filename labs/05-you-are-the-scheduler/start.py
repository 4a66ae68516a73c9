"""You are the scheduler: two clerks, A and B, sell seats at once, and share one box.

Say who goes on, and for how long, as pairs of a thread and how far it goes:

    [("A", "load sold"),    A goes on until it has loaded box.sold
     ("B", "end"),          B goes on to its end, or until it must wait
     ("A", 27)]             A goes on until it is about to do something in line 27

The operations of `box.sold += count(seats)` are: load sold, call count, add, store sold.
Those of `with box.lock:` are: acquire, and release at its end.
"""

import threading


class Box:
    """What the clerks share."""

    def __init__(self):
        self.sold = 0
        self.lock = threading.Lock()  # nobody takes it yet


def count(seats):
    return len(seats)


def sell(box, seats):  # leave it as it is: it is wrong, and you show it
    box.sold += count(seats)


# TODO 1: clerk A and clerk B both call sell, each with seats of its own. Lose a sale.
LOSING = []


def sell_safely(box, seats, print_ticket):
    # TODO 2: lose nothing, whoever goes on. Printing takes long, so both clerks must be able to print at once.
    for seat in seats:
        print_ticket(seat)
    box.sold += count(seats)


def sell_half_locked(box, seats):  # leave it as it is: somebody's idea of a fix
    with box.lock:
        sold = box.sold
    sold = sold + count(seats)
    with box.lock:
        box.sold = sold


# TODO 3: lose a sale all the same, with both clerks calling sell_half_locked.
LOSING_HALF_LOCKED = []


def add_one(box):  # leave it as it is: with a GIL it loses nothing
    box.sold += 1


def lose_again(box):
    # TODO 4: add one as add_one does, still in one line with +=, but so that an interpreter with a GIL can lose it too.
    box.sold += 1


# `concur labs explore work.py --threads add_one,add_one` asks these two


def make():
    return Box()


def verdict(box):
    return "" if box.sold == 2 else f"{box.sold} in the box after two were added"


# `python work.py` runs what follows

ROUNDS = 100_000


def lost(sell_one):
    """Two real threads, and a scheduler that nobody told anything."""
    box = Box()

    def work():
        for _ in range(ROUNDS):
            sell_one(box)

    clerks = [threading.Thread(target=work) for _ in range(2)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    return 2 * ROUNDS - box.sold


if __name__ == "__main__":
    for name, sell_one in (
        ("sell", lambda box: sell(box, ["A1"])),
        ("sell_safely", lambda box: sell_safely(box, ["A1"], str)),
        ("add_one", add_one),
        ("lose_again", lose_again),
    ):
        print(f"{name:12} lost {lost(sell_one):7,} of {2 * ROUNDS:,}")
