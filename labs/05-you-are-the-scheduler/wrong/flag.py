"""Wrong: a flag for a lock. Who looks at it and then sets it can be preempted in between."""

import threading
import time


class Box:
    """What the clerks share."""

    def __init__(self):
        self.sold = 0
        self.lock = threading.Lock()
        self.is_busy = False


def count(seats):
    return len(seats)


def sell(box, seats):
    box.sold += count(seats)


LOSING = [("A", "load sold"), ("B", "end"), ("A", "end")]


def sell_safely(box, seats, print_ticket):
    for seat in seats:
        print_ticket(seat)
    while box.is_busy:
        time.sleep(0.01)
    box.is_busy = True
    box.sold += count(seats)
    box.is_busy = False


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
