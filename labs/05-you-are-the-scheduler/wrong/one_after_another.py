"""Wrong: a clerk begins when the one before has ended."""

import threading
import time


class Box:
    """What the clerks share."""

    def __init__(self):
        self.sold = 0
        self.lock = threading.Lock()
        self.is_busy = threading.Lock()


def count(seats):
    return len(seats)


def sell(box, seats):
    box.sold += count(seats)


LOSING = [("A", "load sold"), ("B", "end"), ("A", "end")]


def sell_safely(box, seats, print_ticket):
    while box.is_busy.locked() or not box.is_busy.acquire(blocking=False):
        time.sleep(0.01)
    for seat in seats:
        print_ticket(seat)
    box.sold += count(seats)
    box.is_busy.release()


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
