"""Wrong: a lambda in a partial is as torn apart as any function."""

import threading
from functools import partial

add = partial(lambda box, more: vars(box).update(sold=box.sold + more))


class Box:
    def __init__(self):
        self.sold = 0
        self.lock = threading.Lock()


def count(seats):
    return len(seats)


def sell(box, seats):  # leave it as it is: it is wrong, and you show it
    box.sold += count(seats)


LOSING = [("A", "load sold"), ("B", "end"), ("A", "end")]


def sell_safely(box, seats, print_ticket):
    for seat in seats:
        print_ticket(seat)
    add(box, count(seats))


def sell_half_locked(box, seats):  # leave it as it is: somebody's idea of a fix
    with box.lock:
        sold = box.sold
    sold = sold + count(seats)
    with box.lock:
        box.sold = sold


LOSING_HALF_LOCKED = [("A", "release"), ("B", "end"), ("A", "end")]


def add_one(box):  # leave it as it is: with a GIL it loses nothing
    box.sold += 1


def lose_again(box):
    box.sold += count([box])  # a call between load and store: there a GIL build may switch


# `concur labs explore work.py --threads add_one,add_one` asks these two


def make():
    return Box()


def verdict(box):
    return "" if box.sold == 2 else f"{box.sold} in the box after two were added"


# `python work.py` runs what follows

ROUNDS = 100_000


def lost(sell_one):
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
