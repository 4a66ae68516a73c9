"""What an interpreter says of itself when asked. Tier 1.

It runs a small program there and reads the answer; no conclusion is drawn from
the name or the place of an executable, and nothing that an executable does
(hang, die, print rubbish, start children) becomes an exception or outlives the question.
"""

import os
import signal
import subprocess
import threading

import msgspec

MINIMUM_PYTHON = (3, 11)
TOO_OLD = "it is Python {}, concur needs {}.{} or newer"
TIMEOUT_S = 10.0  # a cold start from a slow disk takes 1–2 s; what takes longer would spoil a benchmark anyway
LIMIT_BYTES = 65_536  # an answer has about 1 KB; what prints without end is not read without end
MARK = "concur-interpreter:"

GIL_VARIABLE_SINCE = (3, 13)

# What would make an interpreter describe itself otherwise than it was built, or load another one's library.
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PYTHON_JIT", "PYTHON_GIL", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")

# Runs on any Python since 2.6, so that an old one is called old and not broken. The empty entry of sys.path goes
# first: a `json.py` in the current folder must not answer in the interpreter's place.
PROGRAM = """
import sys
sys.path[:] = [p for p in sys.path if p]
import json, platform, sysconfig
jit = getattr(sys, "_jit", None)
translation = getattr(sys, "pypy_translation_info", {})
own = getattr(sys, "pypy_version_info", None)
print("MARK" + json.dumps({
    "implementation": platform.python_implementation(),
    "version": platform.python_version(),
    "version_info": list(sys.version_info[:2]),
    "own_version": ".".join(map(str, own[:3])) if own else "",
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "gil_enabled": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
    "jit_available": bool(jit and jit.is_available()) or bool(translation.get("translation.jit")),
    "jit_enabled": bool(jit and jit.is_enabled()) or bool(translation.get("translation.jit")),
    "executable": sys.executable or "",
    "prefix": sys.prefix,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    "compiler": platform.python_compiler(),
    "build": str(sysconfig.get_config_var("CONFIG_ARGS") or ""),
}))
""".replace("MARK", MARK)


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """One Python executable with the environment made for it.

    short is its name in tables and for `-i`; gil says whether the GIL is on before
    any import; jit is None where it has none, else "on" or "off"; env is what must
    be set for it to be what it is called; broken is why it cannot be used, empty if
    it can. Of a prepared environment: its folder, the versions of its libraries,
    and why it has not the others.
    """

    short: str
    executable: str
    implementation: str = ""
    version: str = ""
    own_version: str = ""  # PyPy's own; version is the Python it speaks
    free_threaded: bool = False
    gil: str = "on"
    jit: str | None = None
    env: dict[str, str] = {}
    broken: str = ""
    prefix: str = ""
    base_prefix: str = ""  # empty: the same
    compiler: str = ""
    build: str = ""
    environment: str = ""  # empty: none is prepared, it is used as it is
    libraries: dict[str, str] = {}
    refused: dict[str, str] = {}

    @property
    def python(self) -> str:
        """The executable to start: its environment's, if one has been prepared."""
        return os.path.join(self.environment, "bin", "python") if self.environment else self.executable

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual environment already: it is used as it is, and nothing is prepared for it."""
        return bool(self.base_prefix) and self.base_prefix != self.prefix

    @property
    def kind(self) -> str:
        """Its short name as it was before any was told apart: `3.13` for a 3.13.0 that is not the first 3.13 here."""
        numbers = [int(part) for part in self.version.split(".")[:2]]
        short = short_name(self.implementation, (numbers[0], numbers[1]), self.free_threaded)
        return short + ("+jit" if self.env.get("PYTHON_JIT") == "1" else "")

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two of them one: the real executable, the prefix, the JIT's state."""
        return os.path.realpath(self.executable), os.path.realpath(self.prefix), self.jit or ""


class Answer(msgspec.Struct, kw_only=True):
    """What PROGRAM prints."""

    implementation: str
    version: str
    version_info: tuple[int, int]
    own_version: str
    free_threaded: bool
    jit_available: bool
    jit_enabled: bool
    executable: str
    prefix: str
    compiler: str
    build: str
    gil_enabled: bool = True
    base_prefix: str = ""


def describe(executable: str) -> list[Interpreter]:
    """The interpreter at that path, and its JIT variant if it has one; never empty, never an exception.

    A broken one comes back alone, with the reason in `broken`.
    """
    answer = ask(executable)
    if isinstance(answer, str):
        return [Interpreter(short=executable, executable=executable, broken=answer)]
    if answer.version_info < MINIMUM_PYTHON:
        return [_interpreter(answer, executable, broken=TOO_OLD.format(answer.version, *MINIMUM_PYTHON))]
    if answer.implementation != "CPython" or not answer.jit_available:
        return [_interpreter(answer, executable, jit="on" if answer.jit_enabled else None)]
    return _with_and_without_jit(answer, executable)


def _with_and_without_jit(answer: Answer, executable: str) -> list[Interpreter]:
    """Two variants of one executable. The first pins the JIT off: a PYTHON_JIT=1 around us would make its name lie."""
    off = _interpreter(answer, executable, jit="off", env={"PYTHON_JIT": "0"})
    enabled = ask(executable, {"PYTHON_JIT": "1"})
    if isinstance(enabled, str) or not enabled.jit_enabled:
        return [off]
    return [off, _interpreter(answer, executable, jit="on", env={"PYTHON_JIT": "1"}, suffix="+jit")]


def _interpreter(
    answer: Answer,
    executable: str,
    *,
    jit: str | None = None,
    env: dict[str, str] | None = None,
    suffix: str = "",
    broken: str = "",
) -> Interpreter:
    return Interpreter(
        short=short_name(answer.implementation, answer.version_info, answer.free_threaded) + suffix,
        executable=answer.executable or executable,
        implementation=answer.implementation,
        version=answer.version,
        own_version=answer.own_version,
        free_threaded=answer.free_threaded,
        gil="on" if answer.gil_enabled else "off",
        jit=jit,
        env=_without_gil_setting(answer) | (env or {}),
        broken=broken,
        prefix=answer.prefix,
        base_prefix=answer.base_prefix,
        compiler=" ".join(answer.compiler.split()),
        build=answer.build,
    )


def _without_gil_setting(answer: Answer) -> dict[str, str]:
    """An empty PYTHON_GIL is none at all: one around us would make `3.13t` lie, or keep `3.14` from starting."""
    knows_it = answer.implementation == "CPython" and answer.version_info >= GIL_VARIABLE_SINCE
    return {"PYTHON_GIL": ""} if knows_it else {}


def short_name(implementation: str, version: tuple[int, int], free_threaded: bool) -> str:
    """`3.14`, `3.13t`, `pypy3.11`: CPython goes without its name, a build without the GIL ends in t."""
    name = "" if implementation == "CPython" else implementation.lower()
    return "{}{}.{}{}".format(name, *version, "t" if free_threaded else "")


def ask(executable: str, env: dict[str, str] | None = None) -> Answer | str:
    """Its answer, or in words why there is none: it cannot start, died, hung, or printed something else."""
    clean = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    try:
        asked = subprocess.Popen(
            [executable, "-c", PROGRAM],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean | (env or {}),
            start_new_session=True,  # so that what a wrapper started ends with it
        )
    except OSError as error:
        return f"it cannot start: {error.strerror or error}"
    output, timed_out = _read_and_end(asked)
    if timed_out:
        return f"it gave no answer within {TIMEOUT_S:g} s"
    return _parse(output.decode(errors="replace"), asked.returncode)


def _read_and_end(asked: "subprocess.Popen[bytes]") -> tuple[bytes, bool]:
    assert asked.stdout is not None
    expired = threading.Event()

    def give_up() -> None:
        expired.set()
        _kill_group(asked.pid)

    alarm = threading.Timer(TIMEOUT_S, give_up)
    alarm.start()
    with asked:
        output = asked.stdout.read(LIMIT_BYTES)
        if len(output) == LIMIT_BYTES:
            _kill_group(asked.pid)
        asked.wait()
        alarm.cancel()
        alarm.join()
    return output, expired.is_set()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # all of it has ended already (macOS says EPERM for a group of zombies)


def _parse(output: str, status: int) -> Answer | str:
    lines = [line for line in output.splitlines() if line.strip()]
    answers = [line[len(MARK) :] for line in lines if line.startswith(MARK)]
    if status != 0 or not answers:
        said = gist(lines)
        return f"it ended with status {status}: {said}" if status else f"it answered with rubbish: {said}"
    try:
        return msgspec.json.decode(answers[-1], type=Answer)
    except msgspec.MsgspecError as error:
        return f"its answer is not understood: {error}"


def gist(lines: list[str]) -> str:
    """The line that says most: a traceback's last, any other message's first."""
    if not lines:
        return "nothing"
    line = lines[-1] if any("Traceback" in line for line in lines) else lines[0]
    return line.strip().rstrip(".")[:200]
