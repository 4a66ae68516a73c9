"""Threads that share an object, or have one each: operations of all, and of a counter how many were lost."""

import itertools
import json
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from concur import observed
from concur.catalog import THREADS
from concur.gil.inside import sharing_works as works
from concur.gil.inside.crew import Work, run
from concur.gil.inside.sharing_works import BATCH, Box


class Case(NamedTuple):
    """A work, what makes the threads' objects (one for each thread), and what their sum came to, if that is known."""

    work: Work
    objects: Callable[[int], list[Any]]
    total: Callable[[list[Any]], int] | None = None


def shared(make: Callable[[], Any]) -> Callable[[int], list[Any]]:
    """The same object for all threads."""
    return lambda threads: [make()] * threads


def each(make: Callable[[], Any]) -> Callable[[int], list[Any]]:
    """One for each."""
    return lambda threads: [make() for _ in range(threads)]


def of_shared_box(objects: list[Any]) -> int:
    """What one box holds."""
    return int(objects[0].value)


def of_all_boxes(objects: list[Any]) -> int:
    """What all of them hold together."""
    return sum(box.value for box in objects)


def of_locked_box(objects: list[Any]) -> int:
    """What the box beside the lock holds."""
    return int(objects[0][0].value)


def of_iterator(objects: list[Any]) -> int:
    """How many numbers were taken."""
    return int(next(objects[0]))


def of_shared_table(objects: list[Any]) -> int:
    """What its entries add up to."""
    return sum(objects[0].values())


CASES = {
    "counter, shared": Case(works.add, shared(Box), of_shared_box),
    "counter, shared, += f()": Case(works.add_by_call, shared(Box), of_shared_box),
    "counter, shared, with a lock": Case(works.add_locked, shared(lambda: (Box(), threading.Lock())), of_locked_box),
    "counter, shared, itertools.count": Case(works.take_next, shared(itertools.count), of_iterator),
    "counter, one each": Case(works.add, each(Box), of_all_boxes),
    "dictionary, shared, the same keys": Case(works.count_same, shared(dict), of_shared_table),
    "dictionary, shared, keys of their own": Case(works.count_own, shared(dict), of_shared_table),
    "dictionary, one each": Case(works.count_own, each(dict)),
    "object, immortal": Case(works.refer, shared(lambda: [None])),
    "object, shared": Case(works.refer, shared(lambda: [object()])),
    "object, one each": Case(works.refer_to_own, shared(lambda: None)),
    "constants, of code just compiled": Case(works.step, shared(works.just_compiled)),
    "constants, of code from a .pyc": Case(works.step, shared(works.read_from_pyc)),
}


def main(options: dict[str, Any]) -> dict[str, Any]:
    """options: case, a key of CASES; threads; seconds."""
    observed.watch_gil()
    case, threads = CASES[options["case"]], options["threads"]
    objects = case.objects(threads)
    calls = [(case.work, (objects[number], options["seconds"], number)) for number in range(threads)]
    found = run(THREADS, calls)
    made = sum(one["made"] for one in found) + threads * BATCH  # with the batch that warmed each thread up
    answer: dict[str, Any] = {"threads": found, "updates": made, "observed": observed.of_this_process("")}
    if case.work is works.step:
        answer["counted"] = works.counted(objects[0])
    if case.total:
        answer["lost"] = made - case.total(objects)
    return answer


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 # its answer
