"""The learner's file against the checks of its lab, each in a fresh process under a warden. Tier 1.

What ran is a copy, in a folder of its own that is gone afterwards. Her own file is
put back if her code managed to delete it. What must not live here: limits
(`warden.py`), and what an ending means (`endings.py`).
"""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from concur.errors import MachineError, unknown
from concur.interpreters.describe import MISLEADING, Interpreter
from concur.interpreters.tree import tier0_tree
from concur.labs import child
from concur.labs.endings import Result, result_of
from concur.labs.job import MIB, Ended, Job, Limits
from concur.labs.lab import Check, Lab

__all__ = ["Result", "check"]

PROGRAM = "concur.labs.gates.program"
WORK, STACKS = "work.py", "stacks"
SECRET = ("solution.py", "checks.py", "evidence.py", "hints.md", "notes.md")
DROPPED = (*MISLEADING, "PWD", "OLDPWD", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONUNBUFFERED")


def check(
    lab: Lab,
    work: Path,
    *,
    interpreter: Interpreter | None = None,
    only: Sequence[str] = (),
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """The results of her file, in the order of the lab's checks; `only` names those to run, if not all.

    interpreter is another one than this; where it cannot be used, every check is
    skipped, and that is said. on_result hears of each as it comes. Raises UsageError
    for a check that the lab has not, MachineError where her file or processes are not to be had.
    """
    for name in only:
        if not lab.check(name):
            raise unknown("check", name, [each.id for each in lab.checks])
    results = []
    with kept(work):
        for each in lab.checks:
            if not only or each.id in only:
                results.append(_checked(lab, each, work, interpreter))
                if on_result:
                    on_result(results[-1])
    return results


def _checked(lab: Lab, each: Check, work: Path, interpreter: Interpreter | None) -> Result:
    if interpreter and (why := interpreter.broken or _why_gone(interpreter)):
        reason = f"needs the interpreter {interpreter.short}, which cannot be used: {why}"
        return Result(id=each.id, verdict="skipped", asked=each.title, seen=reason)
    limits = Limits(each.seconds, each.memory_mib * MIB, each.processes)
    needs = [*lab.needs, *each.requires]
    task = Task("checks.py", each.function, limits, needs=needs, may_patch=each.may_patch)
    ran = run(lab, work, task, interpreter)
    return result_of(each.id, each.title, ran.ended, limits, ran.work, ran.source)


def _why_gone(interpreter: Interpreter) -> str:
    return "" if os.access(interpreter.python, os.X_OK) else f"there is no {interpreter.python} any more"


class Task(NamedTuple):
    """A function in a file of the lab, to be called with the learner's module."""

    file: str
    function: str
    limits: Limits
    needs: Sequence[str] = ()
    may_patch: Sequence[str] = ()


class Ran(NamedTuple):
    """How it ended; the path of the learner's file as it ran, and its text."""

    ended: Ended
    work: str
    source: str


def run(lab: Lab, work: Path, task: Task, interpreter: Interpreter | None = None) -> Ran:
    """Call that function on a copy of her file, in a fresh process of the interpreter. Raises MachineError."""
    content = _content(work)
    with _scratch() as scratch:
        place = scratch / "work" / WORK
        place.write_bytes(content)
        order = _order(lab, work, task, scratch)
        command, env = _command(interpreter, scratch)
        ended = child.run(Job(command, env, str(place.parent), order, task.limits))
        return Ran(ended, str(place), content.decode(errors="replace"))


def _content(work: Path) -> bytes:
    try:
        return work.read_bytes()
    except OSError as error:
        raise MachineError(
            f"{work} cannot be read", why=error.strerror or str(error), do="`concur labs reset` begins it anew."
        ) from None


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for one child, with places for its work, its temporary files and its home."""
    try:
        scratch = Path(os.path.realpath(tempfile.mkdtemp(prefix="concur-lab-")))
        for name in ("work", "tmp", "home"):
            (scratch / name).mkdir()
    except OSError as error:
        raise MachineError("there is no room for a check", why=error.strerror or str(error), do="Make room.") from None
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, onerror=_insist)


def _insist(remove: Callable[..., Any], path: str, _: Any) -> None:
    """Her code may have taken away the right to remove."""
    with suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        remove(path)


def _order(lab: Lab, work: Path, task: Task, scratch: Path) -> dict[str, Any]:
    """What `gates/program.py` is told; the warden adds the control descriptor and itself."""
    secret = [lab.folder / name for name in SECRET] + sorted((lab.folder / "wrong").glob("*"))
    return {
        "nonce": secrets.token_hex(16),
        "work": str(scratch / "work" / WORK),
        "module": str(lab.folder / task.file),
        "function": task.function,
        "needs": list(task.needs),
        "may_patch": list(task.may_patch),
        "secret": [str(path) for path in secret],
        "folders": [os.path.realpath(lab.folder), os.path.realpath(work.parent)],
        "watchers": [os.getpid(), os.getppid()],
        "stacks": str(scratch / STACKS),
    }


def _command(interpreter: Interpreter | None, scratch: Path) -> tuple[list[str], dict[str, str]]:
    """How the program is started there, and in what surroundings."""
    sources = str(tier0_tree()) if interpreter else str(child.SOURCES)
    python = interpreter.python if interpreter else sys.executable
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    env |= interpreter.env if interpreter else {}
    env |= {
        "PYTHONPATH": os.pathsep.join((sources, str(scratch / "work"))),
        "PYTHONUTF8": "1",
        "TMPDIR": str(scratch / "tmp"),
        "HOME": str(scratch / "home"),
    }
    return [python, "-u", "-P", "-m", PROGRAM], env


@contextmanager
def kept(work: Path) -> Iterator[None]:
    """Her file is there afterwards, as it was; unless it has been saved anew meanwhile, by her editor."""
    content = _content(work)
    try:
        yield
    finally:
        if not work.exists():
            work.parent.mkdir(parents=True, exist_ok=True)
            work.write_bytes(content)
