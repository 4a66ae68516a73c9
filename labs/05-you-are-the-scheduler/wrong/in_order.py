"""Wrong: a schedule in which nobody is preempted."""

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


LOSING = [("A", "end"), ("B", "end")]


def sell_safely(box, seats, print_ticket):
    for seat in seats:
        print_ticket(seat)
    with box.lock:
        box.sold += count(seats)


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
