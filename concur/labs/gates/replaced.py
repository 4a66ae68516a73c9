"""What stands in for the calls that block, so that `blocking.py` hears of them: which, and when each blocks. Tier 0.

A row says whose attribute it is, and by what one sees that a call will block. What
waits for another thread comes down to one, `Condition.wait`: it is named after what
the program called, as `Queue.get`. Two wait as part of a beginning, and are let
be with all that they call: a thread's start and a child's.
"""

import os
import select
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import Any, NamedTuple

from concur.labs.gates.outside import is_of_python, place

ASYNCIO = os.path.join(os.path.dirname(os.__file__), "asyncio") + os.sep
AUDITED = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "builtins.input"}
SILENT: list[tuple[Any, str]] = []  # what is reported by newer interpreters, or other ones
if sys.version_info < (3, 13):
    SILENT.append((time, "sleep"))
if sys.implementation.name == "pypy":
    SILENT.append((os, "system"))
AUDITED |= {"time.sleep", "os.system"}


class BlockingCall(NamedTuple):
    """One call: its name, and the program's innermost line, «work.py:12 in fetch»."""

    name: str
    where: str

    def __str__(self) -> str:
        return f"{self.name}, {self.where}"


class BlockingCalls:
    """Those of one thread, in order. As a condition: whether there were any."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.calls: list[BlockingCall] = []
        self.allowed = allowed
        self.is_inside = False  # a call that is recorded, or let be: what it calls in turn is not recorded

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    def add(self, name: str, frame: FrameType | None) -> None:
        if not self.is_inside and name not in self.allowed:
            self.calls.append(BlockingCall(name, the_programs_line(frame)))

    def __len__(self) -> int:
        return len(self.calls)

    def __str__(self) -> str:
        return "; ".join(map(str, self.calls)) or "none"


watched: dict[int, BlockingCalls] = {}  # by thread
Blocks = Callable[..., bool]


def the_programs_line(frame: FrameType | None) -> str:
    """The program's innermost line, or that the loop itself made the call, told to by call_soon or a timer."""
    while frame and is_of_python(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(ASYNCIO):
            return "in a callback of the loop"
        frame = frame.f_back
    return place(frame) if frame else "its start"


def what_was_called(frame: FrameType | None) -> str:
    """The name of the library's function that the program called, which came to `frame` in the end."""
    name = "Condition.wait"
    while frame and is_of_python(frame.f_code.co_filename) and not frame.f_code.co_filename.startswith(ASYNCIO):
        name, frame = frame.f_code.co_qualname, frame.f_back
    return name


# When a call blocks


def waits(_: object, timeout: float | None = None, *_rest: object, **_options: object) -> bool:
    return timeout != 0


def is_blocking(self: socket.socket, *_: object, **_options: object) -> bool:
    return self.gettimeout() != 0


def is_alive(self: threading.Thread, timeout: float | None = None) -> bool:
    return self.is_alive() and timeout != 0


def is_running(self: "subprocess.Popen[Any]", *_: object, timeout: float | None = None) -> bool:
    return self.returncode is None and timeout != 0


def is_patient(*arguments: Any) -> bool:
    """For os.waitpid and its like, whose last argument is options."""
    return not arguments or not arguments[-1] & os.WNOHANG


def is_empty_pipe(fd: int, _: int) -> bool:
    is_on_disk = stat.S_ISREG(os.fstat(fd).st_mode)
    return not is_on_disk and os.get_blocking(fd) and not REAL_SELECT([fd], [], [], 0)[0]


def is_open_ended(_r: Any, _w: Any, _x: Any, timeout: float | None = None) -> bool:
    return timeout != 0


def always(*_: object) -> bool:
    return True


REAL_SELECT = select.select
ON_SOCKETS = (
    "accept connect recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall sendfile sendmsg sendto"
)
ROWS: list[tuple[Any, str, Blocks]] = [
    *[(socket.socket, name, is_blocking) for name in ON_SOCKETS.split() if hasattr(socket.socket, name)],
    (threading.Condition, "wait", waits),
    (threading.Thread, "join", is_alive),
    (subprocess.Popen, "wait", is_running),
    (subprocess.Popen, "communicate", is_running),
    (os, "wait", always),
    *[(os, name, is_patient) for name in ("waitpid", "waitid", "wait3", "wait4") if hasattr(os, name)],
    (os, "read", is_empty_pipe),
    (select, "select", is_open_ended),
    *[(owner, name, always) for owner, name in SILENT],
]
BEGINNINGS: list[tuple[Any, str]] = [(threading.Thread, "start"), (subprocess.Popen, "__init__")]

_put_back: list[Callable[[], object]] = []


def replace_all() -> None:
    """From now on calls are recorded in the threads of `watched`."""
    for owner, name, blocks in ROWS:
        real = getattr(owner, name)
        replace(owner, name, recorded(real, f"{owner.__name__}.{name}", blocks))
    for owner, name in BEGINNINGS:
        replace(owner, name, let_be(getattr(owner, name)))


def put_all_back() -> None:
    """Everything is as Python made it."""
    while _put_back:
        _put_back.pop()()


def replace(owner: Any, name: str, ours: Callable[..., Any]) -> None:
    """Put ours in the place of an attribute, of a class or module, and wherever the program has a module's by name."""
    real, is_own = getattr(owner, name), name in vars(owner)
    setattr(owner, name, ours)
    _put_back.append(lambda: setattr(owner, name, real) if is_own else delattr(owner, name))
    if isinstance(owner, type):
        return
    for module in list(sys.modules.values()):
        names = vars(module) if hasattr(module, "__dict__") else {}
        if is_of_python(names.get("__file__") or "<frozen"):
            continue
        for alias in [alias for alias, value in names.items() if value is real]:
            names[alias] = ours
            _put_back.append(lambda names=names, alias=alias: names.update({alias: real}))  # type: ignore[misc]


def recorded(real: Callable[..., Any], name: str, blocks: Blocks) -> Callable[..., Any]:
    """The same call, which is recorded if it blocks, is the program's, and is part of no other one."""

    @wraps(real)
    def call(*arguments: Any, **options: Any) -> Any:
        calls, caller = watched.get(threading.get_ident()), sys._getframe(1)
        if calls is None or calls.is_inside or is_asyncios(caller) or not blocks(*arguments, **options):
            return real(*arguments, **options)
        calls.add(what_was_called(caller) if name == "Condition.wait" else name, caller)
        return quietly(calls, real, *arguments, **options)

    return call


def is_asyncios(caller: FrameType) -> bool:
    """Whether asyncio calls for its own sake, and not as a callback, which it was told to."""
    return caller.f_code.co_filename.startswith(ASYNCIO) and caller.f_code.co_name != "_run"


def let_be(real: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, within which nothing is recorded."""

    @wraps(real)
    def call(*arguments: Any, **options: Any) -> Any:
        calls = watched.get(threading.get_ident())
        if calls is None or calls.is_inside:
            return real(*arguments, **options)
        return quietly(calls, real, *arguments, **options)

    return call


def quietly(calls: BlockingCalls, real: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    calls.is_inside = True
    try:
        return real(*arguments, **options)
    finally:
        calls.is_inside = False
