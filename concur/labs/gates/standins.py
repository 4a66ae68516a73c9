"""Puts controlled primitives in the place of real ones in a learner's modules, and takes them out again.

Tier 0. What is replaced: the names `threading`, `queue` and `time`, whatever they
are called there, and what was imported from them; real locks and queues that
exist already, in globals, in the state, in classes, objects and functions of the
module (their defaults and closures), and in lists, tuples and dictionaries of such,
get a fresh controlled one for each run. What is not found so stays real: a thread
that blocks on it is told as stuck.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from types import CellType, FunctionType, ModuleType
from typing import Any

from concur.labs.gates import controlled, passing
from concur.labs.gates.conductor import Conductor, Controlled

OF_THREADING = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier")
OF_QUEUE = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")
CLOCKS = ("monotonic", "perf_counter", "time")
EVERY = (*OF_THREADING, "Thread", "current_thread", *OF_QUEUE, "sleep", *CLOCKS)
REAL_LOCK, REAL_RLOCK = type(threading.Lock()), type(threading.RLock())
DEEPEST = 4  # objects in objects, in the search for real locks
MOST_ITEMS = 1000  # of a container that are looked through

Undo = Callable[[], None]
Namespace = dict[str, Any]
Home = set[Any]  # the names of modules whose objects are looked through


class Face(ModuleType):
    """A module's face with some names replaced; all others are the module's own."""

    def __init__(self, module: ModuleType, replaced: dict[str, Any]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(replaced)
        self.__dict__["__getattr__"] = lambda name: getattr(module, name)


class StandIns:
    """The controlled primitives of one exploration, and where they stand."""

    def __init__(self, conductor: Conductor) -> None:
        self.conductor = conductor
        of_threading: dict[str, Any] = {name: _bound(getattr(controlled, name), conductor) for name in OF_THREADING}
        of_threading["Thread"] = _bound(passing.Thread, conductor)
        of_threading["current_thread"] = conductor.current_thread
        of_queue = {name: _bound(getattr(passing, name), conductor) for name in OF_QUEUE}
        of_time = {"sleep": conductor.sleep} | dict.fromkeys(CLOCKS, conductor.now_s)
        self.faces = {
            module: Face(module, names)
            for module, names in ((threading, of_threading), (queue, of_queue), (time, of_time))
        }
        self._by_real: dict[int, Any] = {id(module): face for module, face in self.faces.items()}
        for module, face in self.faces.items():
            names = [name for name in face.__dict__ if name in EVERY and hasattr(module, name)]
            self._by_real |= {id(getattr(module, name)): face.__dict__[name] for name in names}
        self._undo: list[Undo] = []

    def put_names(self, namespace: Namespace) -> None:
        """Replace what a module imported."""
        for name, value in list(namespace.items()):
            if (standing := self._by_real.get(id(value))) is not None and value is not standing:
                self._put(namespace, name, standing)

    def put_things(self, namespace: Namespace, state: object) -> None:
        """Replace the real locks and queues that exist already, each by a fresh one."""
        seen: dict[int, Any] = {}
        home = {namespace.get("__name__"), type(state).__module__} - {"builtins"}
        for name, value in list(namespace.items()):
            if not name.startswith("__"):
                self._visit(namespace, name, value, home, seen, DEEPEST)
        self._walk(state, home, seen, DEEPEST)

    def take_out(self) -> None:
        """Put back all that was real."""
        while self._undo:
            self._undo.pop()()

    def _put(self, place: Any, name: Any, value: Any) -> None:
        before = place[name]
        place[name] = value
        self._undo.append(lambda: _set_item(place, name, value, before))

    def _visit(self, place: Any, name: Any, value: Any, home: Home, seen: dict[int, Any], depth: int) -> None:
        if (fresh := seen.get(id(value))) is None and (made := self._fresh(value, str(name), seen)) is not None:
            fresh = seen[id(value)] = made
        if fresh is not None and fresh is not value:
            self._put(place, name, fresh)
        elif fresh is None:
            self._walk(value, home, seen, depth - 1)

    def _walk(self, value: Any, home: Home, seen: dict[int, Any], depth: int) -> None:
        """Look through a container, or an object, class or function of the learner's module."""
        if depth < 0 or id(value) in seen or isinstance(value, Controlled | ModuleType):
            return
        for place, name, inner in list(_inside(value, home)):
            seen[id(value)] = value
            self._visit(place, name, inner, home, seen, depth)

    def _fresh(self, value: Any, label: str, seen: dict[int, Any]) -> Any:
        """The controlled twin of a real primitive; None for anything else."""
        kind = type(value)
        if kind is REAL_LOCK:
            return controlled.Lock(self.conductor, label)
        if kind is REAL_RLOCK:
            return controlled.RLock(self.conductor, label)
        if kind is threading.Condition:
            lock = seen.get(id(value._lock)) or self._fresh(value._lock, label, seen)
            return controlled.Condition(self.conductor, lock, label)
        if kind in (threading.Semaphore, threading.BoundedSemaphore):
            return getattr(controlled, kind.__name__)(self.conductor, value._value, label)
        if kind is threading.Event:
            event = controlled.Event(self.conductor, label)
            event.is_up = value.is_set()
            return event
        if kind is threading.Barrier:
            return controlled.Barrier(self.conductor, value.parties, label=label)
        if kind.__module__ in ("queue", "_queue") and kind.__name__ in OF_QUEUE:
            return self._fresh_queue(value, label)
        return None

    def _fresh_queue(self, value: Any, label: str) -> Any:
        kind = getattr(passing, type(value).__name__)
        if kind is passing.SimpleQueue:
            return kind(self.conductor, label)
        fresh = kind(self.conductor, value.maxsize, label)
        for item in list(value.queue):
            fresh._add(item)
        fresh.unfinished_tasks = value.unfinished_tasks
        return fresh


def _bound(kind: type, conductor: Conductor) -> type:
    """The class, without the conductor among its arguments: `Lock()`."""

    def start(self: Any, *arguments: Any, **options: Any) -> None:
        kind.__init__(self, conductor, *arguments, **options)  # type: ignore[misc] # the class's own

    return type(kind.__name__, (kind,), {"__init__": start, "__module__": kind.__module__})


def _inside(value: Any, home: Home) -> Iterator[tuple[Any, Any, Any]]:
    """What a value holds: where, under which name or index, and what."""
    if isinstance(value, dict):
        yield from ((value, key, inner) for key, inner in list(value.items())[:MOST_ITEMS])
    elif isinstance(value, list):
        yield from ((value, index, inner) for index, inner in enumerate(value[:MOST_ITEMS]))
    elif isinstance(value, tuple):
        yield from (part for inner in value[:MOST_ITEMS] for part in _inside(inner, home))
    elif isinstance(value, FunctionType):
        parts: list[Any] = [value.__kwdefaults__ or {}, Defaults(value), Closure(value)]
        if value.__module__ in home:
            yield from ((part, name, part[name]) for part in parts for name in list(part))
    elif (isinstance(value, type) and value.__module__ in home) or type(value).__module__ in home:
        attributes = Attributes(value)
        yield from ((attributes, name, attributes[name]) for name in list(attributes))


class Attributes:
    """What an object or a class has, as items: in slots, too, and where it is frozen."""

    def __init__(self, owner: Any) -> None:
        self._owner, self._inside = owner, getattr(owner, "__dict__", {})
        self._kind = type if isinstance(owner, type) else object

    def __iter__(self) -> Iterator[str]:
        slots = [] if self._kind is type else [vars(kind).get("__slots__", ()) for kind in type(self._owner).__mro__]
        names = [name for each in slots for name in ([each] if isinstance(each, str) else each)]
        filled = [name for name in names if hasattr(self._owner, name)]
        return (name for name in (*self._inside, *filled) if not name.startswith("__"))

    def __getitem__(self, name: str) -> Any:
        return self._inside[name] if name in self._inside else self._kind.__getattribute__(self._owner, name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._kind.__setattr__(self._owner, name, value)


class Defaults:
    """The defaults of a function's arguments, by their names."""

    def __init__(self, function: FunctionType) -> None:
        code, self._function = function.__code__, function
        first = code.co_argcount - len(function.__defaults__ or ())
        self._names = code.co_varnames[first : code.co_argcount]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> Any:
        return (self._function.__defaults__ or ())[self._names.index(name)]

    def __setitem__(self, name: str, value: Any) -> None:
        defaults = list(self._function.__defaults__ or ())
        defaults[self._names.index(name)] = value
        self._function.__defaults__ = tuple(defaults)


class Closure:
    """The variables that a function has of those around it, by their names."""

    def __init__(self, function: FunctionType) -> None:
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def __iter__(self) -> Iterator[str]:
        return (name for name, cell in self._cells.items() if cell != CellType())  # which is empty

    def __getitem__(self, name: str) -> Any:
        return self._cells[name].cell_contents

    def __setitem__(self, name: str, value: Any) -> None:
        self._cells[name].cell_contents = value


def _set_item(place: Any, name: Any, put: Any, before: Any) -> None:
    """Put it back, unless the learner has put something else there."""
    try:
        if place[name] is put:
            place[name] = before
    except (KeyError, IndexError, AttributeError, ValueError):
        pass
