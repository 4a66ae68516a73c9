"""The table of models: what each is called, waits by, needs, and does not promise.

Tier 0: standard library only, and no model is imported here, so that the table
can be asked on an interpreter where nothing is installed. A model is the module
`concur.<service>.<id>`; adding one is that file and a row here.
"""

import sys
from dataclasses import dataclass, field
from importlib.util import find_spec

from concur.errors import unknown

# The nine promises that `conformance/` proves (design: the echo service).
PROMISES = {
    1: "bytes return exactly, whatever their split",
    2: "a half-closed peer gets everything before the close",
    3: "a reset or garbage peer ends its own connection alone",
    4: "a stuck or slow peer delays nobody else",
    5: "a peer that never reads does not grow the server's memory",
    6: "out of descriptors, it neither dies nor spins, and accepts again",
    7: "it drains",
    8: "nothing is left behind",
    9: "address in use, or a library missing: one line, exit status 2",
}

ONE, PROCESSES, THREADS, INTERPRETERS = "1", "processes", "threads", "interpreters"


@dataclass(frozen=True)
class Model:
    """One row: a concurrency model and what is declared of it.

    max_active is how many connections it serves at a time, None for no bound;
    unmet maps a promise's number to the reason why the model does not keep it.
    """

    id: str
    waits_by: str
    family: str
    services: tuple[str, ...] = ("echo",)
    needs: tuple[str, ...] = ()
    default: bool = False
    topologies: tuple[str, ...] = (ONE, PROCESSES, THREADS, INTERPRETERS)
    max_active: int | None = None
    minimum_python: tuple[int, int] = (3, 11)
    unmet: dict[int, str] = field(default_factory=dict)


MODELS = (
    Model(
        "sequential",
        "blocking, one connection at a time",
        "baseline",
        default=True,
        max_active=1,
        unmet={4: "it serves one connection at a time, so everyone waits for whoever is being served"},
    ),
    Model("threads", "a thread for each connection", "OS", default=True),
    Model("callbacks", "a reactor calls back when a socket is ready", "non-blocking", default=True),
    Model("generators", "yield to our trampoline", "hand-made", default=True),
    Model("coroutines", "await on our kernel's traps", "hand-made", default=True),
    Model(
        "asyncio_protocol",
        "asyncio, callbacks of a protocol",
        "asyncio",
        default=True,
        unmet={6: "asyncio goes on accepting for the length of its backlog, each try an error in its log"},
    ),
    Model(
        "uvloop_protocol",
        "asyncio's protocol on libuv",
        "asyncio",
        needs=("uvloop",),
        default=True,
        topologies=(ONE, PROCESSES, THREADS),
        unmet={
            6: "libuv accepts and closes at once what it has no descriptor for, so nobody waits",
            8: "libuv keeps a pipe for signals as long as the process lives",
        },
    ),
    Model(
        "gevent_greenlets",
        "a greenlet for each connection, switched by gevent",
        "greenlet",
        needs=("gevent",),
        default=True,
        topologies=(ONE, PROCESSES, THREADS),
    ),
)


def model(name: str) -> Model:
    """The model of that id. Raises UsageError with the nearest ids for any other name."""
    for row in MODELS:
        if row.id == name:
            return row
    raise unknown("model", name, [row.id for row in MODELS], do="`concur models` lists them.")


def missing(row: Model) -> str:
    """Why this interpreter cannot run the model, or an empty string if it can."""
    if sys.version_info < row.minimum_python:
        return "needs Python {}.{}".format(*row.minimum_python)
    absent = [name for name in row.needs if find_spec(name) is None]
    return f"needs {', '.join(absent)}, not installed in {sys.executable}" if absent else ""
