"""Workers that begin together: threads, processes or interpreters that each call the same function. Tier 0.

A gate of two pipes keeps them: a worker that is ready writes a byte to the one
and reads from the other, whose end, closed, lets all go at once. Descriptors mean the same in a thread, in
a forked process and in a subinterpreter; no other barrier does.
"""

import json
import os
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from concur.catalog import INTERPRETERS, PROCESSES

Work = Callable[..., dict[str, Any]]  # of an importable module: an interpreter imports it anew


class Gate(NamedTuple):
    """Descriptors: where a worker says that it is ready, and where it waits for the word."""

    ready: int
    go: int

    def wait(self) -> None:
        """Say that this worker is ready, and wait until all may begin."""
        os.write(self.ready, b"!")
        os.read(self.go, 1)


def run(kind: str, works: Sequence[tuple[Work, tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """What each work returns, called as work(gate, *arguments) by a worker of its own; all are told to begin at once.

    Raises what a worker raised, after all have ended.
    """
    ready, telling = os.pipe()
    gate, opening = os.pipe()
    start = {PROCESSES: _in_processes, INTERPRETERS: _in_interpreters}.get(kind, _in_threads)
    finish = start(Gate(telling, gate), works, (ready, opening))
    waiting = len(works)
    while waiting:
        waiting -= len(os.read(ready, waiting)) or waiting  # nobody left to write: who failed says so at the end
    os.close(opening)
    found = finish()
    for descriptor in (ready, gate):
        os.close(descriptor)
    return found


Finish = Callable[[], list[dict[str, Any]]]


def _in_threads(gate: Gate, works: Sequence[tuple[Work, tuple[Any, ...]]], _ours: tuple[int, int]) -> Finish:
    found: list[dict[str, Any]] = [{} for _ in works]
    errors: list[BaseException] = []

    def call(number: int) -> None:
        work, arguments = works[number]
        try:
            found[number] = work(gate, *arguments)
        except BaseException as error:
            errors.append(error)
            os.write(gate.ready, b"!")  # nobody is to wait for it

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()

    def finish() -> list[dict[str, Any]]:
        for thread in threads:
            thread.join()
        os.close(gate.ready)
        if errors:
            raise errors[0]
        return found

    return finish


def _in_interpreters(gate: Gate, works: Sequence[tuple[Work, tuple[Any, ...]]], ours: tuple[int, int]) -> Finish:
    """A thread for each. They are made and ended by one thread, one after the other (`echo/isolated.py` says why)."""
    from concurrent import interpreters  # type: ignore[attr-defined] # of 3.14

    made = [interpreters.create() for _ in works]
    for one, (work, _) in zip(made, works, strict=True):
        one.call(preload, work.__module__)
    calls = [(_calling(one), (work, *arguments)) for one, (work, arguments) in zip(made, works, strict=True)]
    wait = _in_threads(gate, calls, ours)

    def finish() -> list[dict[str, Any]]:
        try:
            return wait()
        finally:
            for one in made:
                one.close()

    return finish


def _calling(interpreter: Any) -> Work:
    """A work that runs there; what it returns comes as text, since objects do not pass."""

    def call(gate: Gate, work: Work, *arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            interpreter.call(as_text, work.__module__, work.__name__, tuple(gate), arguments)
        )
        return answer

    return call


def preload(module: str) -> None:
    """Import it now, before time counts."""
    __import__(module)


def as_text(module: str, name: str, gate: tuple[int, int], arguments: tuple[Any, ...]) -> str:
    """In the interpreter: the work's answer as JSON."""
    import sys

    __import__(module)
    return json.dumps(getattr(sys.modules[module], name)(Gate(*gate), *arguments))


def _in_processes(gate: Gate, works: Sequence[tuple[Work, tuple[Any, ...]]], ours: tuple[int, int]) -> Finish:
    """Forked while this process has one thread."""
    children = [_fork(gate, work, arguments, ours) for work, arguments in works]
    os.close(gate.ready)

    def finish() -> list[dict[str, Any]]:
        texts = [_last_words(pid, answer) for pid, answer in children]
        if not all(texts):
            raise RuntimeError(f"{texts.count('')} of {len(texts)} processes died")
        return [json.loads(text) for text in texts]

    return finish


def _last_words(pid: int, answer: int) -> str:
    """What a child answered, once it has ended; nothing where it died."""
    with os.fdopen(answer) as file:
        text = file.read()
    os.waitpid(pid, 0)
    return text


def _fork(gate: Gate, work: Work, arguments: tuple[Any, ...], ours: tuple[int, int]) -> tuple[int, int]:
    """The child's number, and where its answer can be read."""
    answer, answering = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for descriptor in (*ours, answer):
                os.close(descriptor)
            os.write(answering, json.dumps(work(gate, *arguments)).encode())
            status = 0
        except BaseException:  # nobody is above to hear of it
            traceback.print_exc()
            os.write(gate.ready, b"!")  # nobody is to wait for it
        finally:
            os._exit(status)
    os.close(answering)
    return pid, answer
