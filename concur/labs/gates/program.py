"""One check, or one measurement, in a process of its own: the program that an interpreter under test executes.

Tier 0. It is told what to do by one JSON document on standard input, and reports
on a control descriptor, each line with the nonce it was given: the learner's code
shares the process, and might write there too. Instruments and the checks are
loaded before her code, so that she can replace nothing unnoticed. It ends by
`os._exit`: what her code left behind is its warden's to end.
"""

import importlib.util
import json
import os
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import concur.labs.gates  # noqa: F401 # all instruments are there before anything of hers is
from concur.labs.gates.audited import tell_of_all
from concur.labs.gates.blame import Places, Verdict, judge
from concur.labs.gates.integrity import Guard, Snapshot
from concur.labs.gates.loading import load, source_of
from concur.labs.gates.needs import missing
from concur.labs.gates.stacks import dump_on_wake

CLOSED = 77  # the exit status when the control descriptor is no longer what it was
EXPLAIN = "explain"  # what evidence.py may define beside `measure`


class Order(NamedTuple):
    """What is to be done: function is called, of checks.py or evidence.py (module), with the learner's file (work).

    secret, folders and watchers are as in `integrity.Guard`; stacks is where they are written.
    """

    nonce: str
    control: int
    work: str
    module: str
    function: str
    needs: list[str]
    may_patch: list[str]
    secret: list[str]
    folders: list[str]
    watchers: list[int]
    stacks: str


class Control:
    """The descriptor on which the runner is told what happens, as lines of JSON."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self._descriptor, self._nonce = descriptor, nonce
        self._write, self._fstat, self._end = os.write, os.fstat, os._exit
        self._is = self._identity()

    def say(self, **words: Any) -> None:
        """One line. Ends the process where the descriptor has been closed, or is another file now."""
        try:
            if self._identity() != self._is:
                self._end(CLOSED)
            line = json.dumps({"nonce": self._nonce, **words}).encode() + b"\n"
            while line:
                line = line[self._write(self._descriptor, line) :]
        except OSError:
            self._end(CLOSED)

    def _identity(self) -> tuple[int, int]:
        status = self._fstat(self._descriptor)
        return status.st_dev, status.st_ino


def main() -> NoReturn:
    """Read the order, carry it out, report, end."""
    order = Order(**json.loads(sys.stdin.buffer.readline()))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    tell_of_all()
    sys.dont_write_bytecode = True  # nothing is left in a lab's folder
    control, end, own, getpid = Control(order.control, order.nonce), os._exit, os.getpid(), os.getpid
    dump_on_wake(order.stacks)
    told = _carry_out(order, control)
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # she may have put anything in its place, or nothing
            pass
    if getpid() == own:  # else it is a child that her code forked, and let return
        control.say(**told)
    end(0)


def _carry_out(order: Order, control: Control) -> dict[str, Any]:
    if reason := missing(order.needs):
        return Verdict("skipped", "", reason)._asdict()
    control.say(phase="preparing")
    try:
        module = _module(order.module)
        function = getattr(module, order.function)
    except BaseException as error:
        return judge(error, Places(order.work, "", order.module))._replace(verdict="broken")._asdict()
    return _with_her_code(order, control, module, function)


def _module(path: str) -> ModuleType:
    """checks.py or evidence.py, under its own name."""
    spec = importlib.util.spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _with_her_code(
    order: Order, control: Control, module: ModuleType, function: Callable[[ModuleType], Any]
) -> dict[str, Any]:
    changed = Snapshot(module, order.may_patch).changed
    guard = Guard(order, lambda what: control.say(offence=what))
    before = threading.enumerate()
    enumerate_threads, offences = threading.enumerate, guard.offences
    source, told = "", Verdict("passed")._asdict()
    guard.begin()
    try:
        source = source_of(order.work)
        control.say(phase="loading")
        work = load(order.work, source)
        if not changed():  # else it would be no check
            control.say(phase="running")
            told = _outcome(module, function(work))
    except BaseException as error:
        told = judge(error, Places(order.work, source, order.module))._asdict()
    if offences or (patched := changed()):
        return Verdict("tampered", "", offences[0] if offences else patched)._asdict()
    if told["verdict"] == "passed":
        _await_threads(control, [each for each in enumerate_threads() if each not in before and not each.daemon])
    return told


def _outcome(module: ModuleType, returned: Any) -> dict[str, Any]:
    """What a function that returned means: a check's line of what was seen, or the figures of evidence.py."""
    if not isinstance(returned, dict):
        seen = "" if returned is None else str(returned)
        return Verdict("passed", "", seen)._asdict()
    explain = getattr(module, EXPLAIN, None)
    answer = explain(returned) if explain else ""
    json.dumps([returned, answer])  # what cannot be told is evidence.py's error
    return Verdict("passed")._asdict() | {"values": returned, "answer": answer}


def _await_threads(control: Control, threads: list[threading.Thread]) -> None:
    """A check is over when its threads are. One that never ends is ended, with all the rest, at the limit of time."""
    if threads:
        control.say(phase="threads", threads=[thread.name for thread in threads])
        for end in reversed(getattr(threading, "_threading_atexits", [])):
            end()  # as Python does at its exit: it tells the workers of pools that were not shut down
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
