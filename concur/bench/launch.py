"""How a target is started: the command line, and the environment around it. Tier 1; no process is started here."""

import os
import shlex

import msgspec

from concur.bench.plan import Target
from concur.catalog import ONE
from concur.echo.stop import GRACE_S
from concur.interpreters.tree import tier0_tree

# In the program's place, where a target shall not find some libraries: `find_spec` and `import` both heed a None there.
WITHOUT = """import runpy, sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split(",")))
runpy.run_module("concur.serve", run_name="__main__", alter_sys=True)"""
# A limit set after the start would come too late, and one set in a forked copy of a threaded parent is unsafe.
LIMITED = 'ulimit -n "$0" && exec "$@"'


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A target's dose, where it listens, and its limits. The defaults are those of `concur serve`.

    port 0 is any that is free; descriptors limits how many it may have open
    (RLIMIT_NOFILE, hard and soft); without names libraries that it shall not
    find; ask lets `RunningTarget.ask` ask it while it serves, which costs it a
    thread and the clocking of its collections. A command knows of no dose, no
    grace and no asking.
    """

    cpu_units: int = 0
    cpu_kind: str = "python"
    wait_s: float = 0.0
    heavy_units: int = 0
    offload: str = ""  # «2 processes», as a topology is written
    beside: str = ""  # likewise: CPU-bound work in the same process, or next to it
    switch_interval_s: float | None = None
    shared_listener: bool = False
    udp: bool = False
    grace_s: float = GRACE_S
    port: int = 0
    descriptors: int | None = None
    without: tuple[str, ...] = ()
    ask: bool = False


def model_words(target: Target, how: Launch, control: int, asked: int | None = None) -> list[str]:
    """The command line of a server under our contract, which writes its JSON lines to that descriptor.

    asked is the socket on which it is to answer while it serves, if it shall.
    """
    program = ["-c", WITHOUT, ",".join(how.without)] if how.without else ["-m", "concur.serve"]
    words = [target.interpreter.python, "-P", *program, target.name]
    words += ["--control", str(control), "--grace", str(how.grace_s), "--port", str(how.port)]
    words += ["--cpu", str(how.cpu_units), "--cpu-kind", how.cpu_kind, "--wait", str(how.wait_s)]
    words += ["--heavy", str(how.heavy_units)] if how.heavy_units else []
    words += ["--offload", how.offload.replace(" ", ":")] if how.offload else []
    words += ["--beside", how.beside.replace(" ", ":")] if how.beside else []
    words += ["--switch-interval", repr(how.switch_interval_s)] if how.switch_interval_s else []
    words += ["--shared-listener"] if how.shared_listener else []
    words += ["--udp"] if how.udp else []
    words += ["--workers", target.topology.replace(" ", ":")] if target.topology != ONE else []
    words += ["--pool", str(target.pool)] if target.pool else []
    words += ["--ask", str(asked)] if asked is not None else []
    return limited(words, how)


def command_words(target: Target, how: Launch, port: int) -> list[str]:
    """Any command, with the port where it wants to have it."""
    return limited([word.replace("{port}", str(port)) for word in shlex.split(target.name)], how)


def limited(words: list[str], how: Launch) -> list[str]:
    """The same within its limits; the shell that sets them becomes the target, so that the process is the same."""
    return words if how.descriptors is None else ["/bin/sh", "-c", LIMITED, str(how.descriptors), *words]


def environment(target: Target) -> dict[str, str]:
    """What surrounds it: ours, and for a server under our contract tier 0 alone and what its interpreter needs."""
    if target.kind == "command":
        return os.environ | target.env
    return os.environ | target.interpreter.env | target.env | {"PYTHONPATH": str(tier0_tree())}
