"""What the models' primitives cost on each interpreter: pytest-benchmark at work there, and what it found. Tier 1.

The benchmarks themselves are the files in `benchmarks/` at the top of a checkout.
One process of each interpreter runs them all, one interpreter after the other. What
must not live here: timing, which is pytest-benchmark's; tables and pictures.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec

from concur.errors import MachineError, TargetError
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import TOOLS
from concur.interpreters.tree import PACKAGE, absence, refusal, tier0_tree

SCHEMA = 1
SUITE = PACKAGE.parent / "benchmarks"
ABOUT_S = 20.0  # an interpreter
LIMIT_S = 300.0
ASK_S = 30.0
NEEDS = re.compile(r"needs ([a-z]\w*)$")  # as the suite says that a library is not there
# Ten thousand rounds of a call, five of a thread's hand-over: in the time that someone waits for a table.
SHORT = ("--benchmark-max-time=0.08", "--benchmark-min-rounds=5", "--benchmark-columns=median")


class Primitive(msgspec.Struct, kw_only=True):
    """What one step of a primitive took, in nanoseconds: the median of rounds and its quartiles.

    verdict is ok, absent (it cannot be had there) or failed; of the latter two
    reason says why, and there are no figures.
    """

    name: str
    group: str
    verdict: str = "ok"
    reason: str = ""
    median_ns: float | None = None
    quartiles_ns: tuple[float, float] | None = None
    rounds: int = 0
    steps: int = 0  # of a round


class Column(msgspec.Struct, kw_only=True):
    """One interpreter's: its primitives, or in reason why there are none. verdict is ok, absent or failed."""

    interpreter: str
    implementation: str = ""
    version: str = ""
    gil: str = ""  # on or off, before any import
    jit: str | None = None
    compiler: str = ""
    verdict: str = "ok"
    reason: str = ""
    took_ns: int = 0
    primitives: list[Primitive] = []

    @property
    def has_failed(self) -> bool:
        """Whether something went wrong there, which is not the same as that something cannot be had."""
        return "failed" in (self.verdict, *(one.verdict for one in self.primitives))


class Primitives(msgspec.Struct, kw_only=True):
    """All that one `concur bench --primitives` found: its file's shape, with stable names."""

    schema: int = SCHEMA
    concur: str
    id: str
    started_at: str
    command: list[str]
    machine: dict[str, Any]
    complete: bool = False
    columns: list[Column] = []


def suite() -> Path:
    """Where the benchmarks are. Raises MachineError where there are none: concur was installed without its checkout."""
    if not (SUITE / "conftest.py").is_file():
        raise MachineError(
            "the benchmarks of the primitives are not here",
            why=f"they are in a checkout of concur, and there is no {SUITE}",
            do="Run it from a checkout.",
        )
    return SUITE


def measure(interpreter: Interpreter, benchmarks: Path, options: tuple[str, ...] = SHORT) -> Column:
    """One interpreter's column. Whatever goes wrong there is in it; nothing of the process is left."""
    column = Column(
        interpreter=interpreter.short,
        implementation=interpreter.implementation,
        version=interpreter.own_version or interpreter.version,
        gil=interpreter.gil,
        jit=interpreter.jit,
        compiler=interpreter.compiler,
    )
    began_ns = time.monotonic_ns()
    try:
        if reason := why_not(interpreter):
            column.verdict, column.reason = "absent", reason
        else:
            column.primitives = _run(interpreter, benchmarks, options)
    except TargetError as error:
        column.verdict, column.reason = "failed", str(error)
    column.took_ns = time.monotonic_ns() - began_ns
    return column


def why_not(interpreter: Interpreter) -> str:
    """Why the benchmarks cannot be run there, with the command that mends it; empty if they can."""
    asks = "import sys; from importlib.util import find_spec; sys.exit(any(not find_spec(n) for n in sys.argv[1:]))"
    words = [interpreter.python, "-I", "-c", asks, *TOOLS]
    try:
        status = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_S).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"{interpreter.short} cannot be started", why=_why(error)) from None
    return (refusal(interpreter, TOOLS) or absence(interpreter, ["pytest-benchmark"])) if status else ""


def _run(interpreter: Interpreter, benchmarks: Path, options: tuple[str, ...]) -> list[Primitive]:
    with tempfile.TemporaryDirectory() as folder:
        figures, outcomes = Path(folder, "figures.json"), Path(folder, "outcomes.xml")
        words = [interpreter.python, "-P", "-m", "pytest", "-p", "pytest_benchmark.plugin", str(benchmarks)]
        words += ["-c", str(benchmarks / "pytest.ini"), f"--rootdir={benchmarks}", *options]
        words += [f"--benchmark-json={figures}", f"--junitxml={outcomes}"]
        said = _to_its_end(interpreter, words, folder)
        if not outcomes.is_file():
            raise TargetError(f"the benchmarks ended early on {interpreter.short}", why=said)
        found = read(figures.read_bytes() if figures.is_file() else b"", outcomes.read_text())
    if not found:
        raise TargetError(f"no benchmark was found on {interpreter.short}", why=said)
    return [_explained(one, interpreter) for one in found]


def _to_its_end(interpreter: Interpreter, words: list[str], folder: str) -> str:
    """Run it; the last line that it wrote, or how it died. Whatever happens, it and what it started are gone."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= interpreter.env | {"PYTHONPATH": str(tier0_tree()), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with tempfile.TemporaryFile(dir=folder) as output:
        try:
            process = subprocess.Popen(
                words, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        except OSError as error:
            raise TargetError(f"{interpreter.short} cannot be started", why=_why(error)) from None
        try:
            status = process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            why = f"they ran for more than {LIMIT_S:.0f} s, and were ended"
            raise TargetError(f"the benchmarks did not end on {interpreter.short}", why=why) from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
    return f"killed by {signal.Signals(-status).name}" if status < 0 else (lines or [f"status {status}"])[-1]


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _explained(one: Primitive, interpreter: Interpreter) -> Primitive:
    """With why a library is not there, where its environment knows."""
    if (found := NEEDS.match(one.reason)) and (why := refusal(interpreter, [found[1]])):
        return msgspec.structs.replace(one, reason=why)
    return one


# What pytest wrote


class _Stats(msgspec.Struct):
    """Of a round, in seconds."""

    median: float
    q1: float
    q3: float
    rounds: int


class _Benchmark(msgspec.Struct):
    name: str
    fullname: str
    stats: _Stats
    extra_info: dict[str, Any]


class _Figures(msgspec.Struct):
    benchmarks: list[_Benchmark]


def read(figures: bytes, outcomes: str) -> list[Primitive]:
    """The primitives of pytest-benchmark's JSON and pytest's JUnit XML; those without figures with the reason why.

    Raises TargetError where either is not what it should be.
    """
    try:
        measured = msgspec.json.decode(figures, type=_Figures).benchmarks if figures else []
        cases = list(ElementTree.fromstring(outcomes).iter("testcase"))
    except (msgspec.MsgspecError, ElementTree.ParseError) as error:
        raise TargetError("what pytest wrote cannot be read", why=str(error)) from None
    by_test = {(Path(one.fullname.partition("::")[0]).stem, one.name): one for one in measured}
    return list(_primitives(cases, by_test))


def _primitives(cases: list[ElementTree.Element], by_test: Mapping[tuple[str, str], _Benchmark]) -> Iterator[Primitive]:
    for case in cases:
        file, test = case.get("classname", ""), case.get("name", "")
        group = next((one.get("value", "") for one in case.iter("property") if one.get("name") == "group"), file)
        name = test.removeprefix("test_").replace("_", " ")
        verdict, reason = _outcome(case)
        found = by_test.get((file, test))
        if verdict != "ok" or found is None:
            verdict, reason = (verdict, reason) if verdict != "ok" else ("failed", "it measured nothing")
            yield Primitive(name=name, group=group, verdict=verdict, reason=reason)
        else:
            yield _figured(Primitive(name=name, group=group), found)


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    """(verdict, reason) of a test: what it raised, in one line."""
    for kind, verdict in (("failure", "failed"), ("error", "failed"), ("skipped", "absent")):
        if (told := case.find(kind)) is not None:
            return verdict, (told.get("message") or kind).strip().splitlines()[0]
    return "ok", ""


def _figured(one: Primitive, found: _Benchmark) -> Primitive:
    """Nanoseconds a step of seconds a round."""
    steps, stats = int(found.extra_info["steps"]), found.stats
    scale = 1e9 / steps
    one.median_ns, one.quartiles_ns = stats.median * scale, (stats.q1 * scale, stats.q3 * scale)
    one.rounds, one.steps = stats.rounds, steps
    return one
