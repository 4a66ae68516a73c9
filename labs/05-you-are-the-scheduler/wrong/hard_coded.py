"""Wrong: the number that was seen once."""

import threading


class Box:
    """What the clerks share."""

    def __init__(self):
        self.sold = 0
        self.lock = threading.Lock()


def count(seats):
    return len(seats)


def sell(box, seats):
    box.sold += count(seats)


LOSING = [("A", "load sold"), ("B", "end"), ("A", "end")]


def sell_safely(box, seats, print_ticket):
    for seat in seats:
        print_ticket(seat)
    box.sold = 5


def sell_half_locked(box, seats):
    with box.lock:
        sold = box.sold
    sold = sold + count(seats)
    with box.lock:
        box.sold = sold


LOSING_HALF_LOCKED = [("A", "release"), ("B", "end"), ("A", "end")]


def add_one(box):
    box.sold += 1


def lose_again(box):
    box.sold += count([box])
