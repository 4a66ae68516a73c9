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
COPIES = (PROCESSES, THREADS, INTERPRETERS)  # what `--workers N:KIND` may ask for
SERVICE_NEEDS: dict[str, tuple[str, ...]] = {"echo": (), "crawl": ("h11", "protego")}  # libraries, whatever the model
INTERPRETERS_PYTHON = (3, 14)  # the first with concurrent.interpreters (PEP 734)

# Why a model cannot be had in N copies of a kind. A kind that is not named here works.
_C_CODE = "its C code does not load in a subinterpreter"
_FORKS_IN_THREADS = "a fork in a process of several threads copies one of them, and the locks of all"
_FORKS_IN_INTERPRETERS = "a subinterpreter may not fork"
_ASYNCIO_SPINS = "asyncio goes on accepting for the length of its backlog, each try an error in its log"
_LIBUV_UNMET = {
    6: "libuv accepts and closes at once what it has no descriptor for, so nobody waits",
    8: "libuv keeps a pipe for signals as long as the process lives",
}
_PROCESS_EACH = "a connection has a process of its own already"
_POOL_HELD = "stuck peers can hold its whole pool; the next one waits"


@dataclass(frozen=True)
class Model:
    """One row: a concurrency model and what is declared of it.

    needs are the libraries that it imports, options_need those that only an
    option of it does; not_as maps processes, threads or
    interpreters to the reason why there cannot be N of it as such; pool is how
    many workers it has by default, None where it has no pool; max_active is how
    many connections it serves at a time, None for no bound; unmet maps a
    promise's number to the reason why the model does not keep it; by_udp says
    that it serves datagrams, too; inline is why its computing cannot be
    offloaded to a pool, empty if it can.
    """

    id: str
    waits_by: str
    family: str
    services: tuple[str, ...] = ("echo", "crawl")
    needs: tuple[str, ...] = ()
    options_need: tuple[str, ...] = ()
    default: bool = False
    not_as: dict[str, str] = field(default_factory=dict)
    pool: int | None = None
    max_active: int | None = None
    minimum_python: tuple[int, int] = (3, 11)
    unmet: dict[int, str] = field(default_factory=dict)
    by_udp: bool = False
    inline: str = ""

    @property
    def topologies(self) -> tuple[str, ...]:
        """One, and the kinds of which there may be several."""
        return (ONE, *(kind for kind in COPIES if kind not in self.not_as))

    def active(self, pool: int | None = None) -> int | None:
        """How many connections it serves at a time, None for no bound, with a pool of another size if one is given."""
        return pool if pool and self.max_active == self.pool else self.max_active


MODELS = (
    Model(
        "sequential",
        "blocking, one connection at a time",
        "baseline",
        default=True,
        max_active=1,
        unmet={4: "it serves one connection at a time, so everyone waits for whoever is being served"},
    ),
    Model(
        "processes",
        "a forked process for each connection",
        "OS",
        inline=_PROCESS_EACH,
        not_as={THREADS: _FORKS_IN_THREADS, INTERPRETERS: _FORKS_IN_INTERPRETERS},
    ),
    Model(
        "prefork",
        "a fixed set of processes that block in accept on one listener",
        "OS",
        inline=_PROCESS_EACH,
        not_as={THREADS: _FORKS_IN_THREADS, INTERPRETERS: _FORKS_IN_INTERPRETERS},
        pool=8,
        max_active=8,
        unmet={4: _POOL_HELD},
    ),
    Model("threads", "a thread for each connection", "OS", default=True, by_udp=True),
    Model(
        "threadpool",
        "a bounded pool of threads, a queue in front",
        "OS",
        pool=32,
        max_active=32,
        unmet={4: _POOL_HELD},
    ),
    Model(
        "polling",
        "non-blocking sockets, all asked in each turn",
        "non-blocking",
        max_active=1000,  # select(2) knows descriptors below 1,024 only
    ),
    Model("callbacks", "a reactor calls back when a socket is ready", "non-blocking", default=True, by_udp=True),
    Model("generators", "yield to our trampoline", "hand-made", default=True, by_udp=True),
    Model("coroutines", "await on our kernel's traps", "hand-made", default=True, by_udp=True),
    Model("asyncio_streams", "asyncio, await on streams", "asyncio", unmet={6: _ASYNCIO_SPINS}),
    Model(
        "asyncio_protocol",
        "asyncio, callbacks of a protocol",
        "asyncio",
        default=True,
        unmet={6: _ASYNCIO_SPINS},
        by_udp=True,
    ),
    Model(
        "uvloop_streams",
        "asyncio's streams on libuv",
        "asyncio",
        needs=("uvloop",),
        not_as={INTERPRETERS: _C_CODE},
        unmet=_LIBUV_UNMET,
    ),
    Model(
        "uvloop_protocol",
        "asyncio's protocol on libuv",
        "asyncio",
        needs=("uvloop",),
        default=True,
        not_as={INTERPRETERS: _C_CODE},
        unmet=_LIBUV_UNMET,
        by_udp=True,
    ),
    Model(
        "greenlets",
        "a greenlet for each connection, switched by our reactor",
        "greenlet",
        needs=("greenlet",),
        not_as={INTERPRETERS: _C_CODE},
    ),
    Model(
        "gevent_greenlets",
        "a greenlet for each connection, switched by gevent",
        "greenlet",
        needs=("gevent",),
        options_need=("cffi",),  # GEVENT_LOOP=libuv
        default=True,
        not_as={INTERPRETERS: _C_CODE},
        by_udp=True,
    ),
    Model(
        "tasklets",
        "Stackless tasklets and channels (PyPy's own, else on greenlet)",
        "greenlet",
        needs=("greenlet",),
        not_as={INTERPRETERS: _C_CODE},
    ),
    Model(
        "subinterpreters",
        "an interpreter for each worker, threads inside",
        "parallel",
        pool=2,
        minimum_python=INTERPRETERS_PYTHON,
    ),
    Model("trio_tasks", "trio, a task for each connection", "other", needs=("trio",)),
    Model(
        "twisted_protocol",
        "Twisted, callbacks of a protocol",
        "other",
        needs=("twisted",),
        # In a subinterpreter zope.interface, below it, falls back on Python code: its C code does not load there.
        not_as={THREADS: "its reactor is one for the whole process"},
        by_udp=True,
    ),
    Model("tornado_streams", "Tornado's IOStream on asyncio", "other", needs=("tornado",)),
)


def model(name: str) -> Model:
    """The model of that id. Raises UsageError with the nearest ids for any other name."""
    for row in MODELS:
        if row.id == name:
            return row
    raise unknown("model", name, [row.id for row in MODELS], do="`concur models` lists them.")


def not_as(name: str, kind: str, version: tuple[int, ...] = sys.version_info[:2]) -> str:
    """Why there cannot be several of that model as that kind, or an empty string if there can, as far as is known.

    name may also be a file or an entry point, of which nothing is declared; version is the Python's, this one's if
    none is given.
    """
    if kind == INTERPRETERS and version < INTERPRETERS_PYTHON:
        return "subinterpreters need Python {}.{}".format(*INTERPRETERS_PYTHON)
    return next((row.not_as.get(kind, "") for row in MODELS if row.id == name), "")


def not_offloaded(name: str, kind: str, version: tuple[int, ...] = sys.version_info[:2]) -> str:
    """Why that model's computing cannot be done by a pool of that kind, or an empty string if it can."""
    if kind == INTERPRETERS and version < INTERPRETERS_PYTHON:
        return "subinterpreters need Python {}.{}".format(*INTERPRETERS_PYTHON)
    return next((row.inline for row in MODELS if row.id == name), "")


def not_by_udp(name: str) -> str:
    """Why that model cannot serve datagrams, or an empty string if it can."""
    served = [row.id for row in MODELS if row.by_udp]
    return "" if name in served else f"{', '.join(served)} do"


def missing(row: Model, service: str = "echo") -> str:
    """Why this interpreter cannot run the model, in that service, or an empty string if it can."""
    if service not in row.services:
        return f"it does not {service}"
    if sys.version_info < row.minimum_python:
        return "needs Python {}.{}".format(*row.minimum_python)
    absent = [name for name in (*row.needs, *SERVICE_NEEDS[service]) if find_spec(name) is None]
    return f"needs {', '.join(absent)}, not installed in {sys.executable}" if absent else ""
