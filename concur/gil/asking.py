"""Starting a program of `inside/` in an interpreter under test, and reading what it found. Tier 1."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from concur.bench import verdicts
from concur.bench.target import running_on
from concur.errors import TargetError
from concur.interpreters.describe import Interpreter
from concur.interpreters.tree import tier0_tree

PATIENCE_S = 30.0  # beyond what it takes by itself


def ask(
    interpreter: Interpreter,
    program: str,
    options: Mapping[str, Any],
    *,
    takes_s: float,
    cpus: Collection[int] | None = None,
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `concur.gil.inside.PROGRAM` prints there, of these options, in a fresh process on these CPUs.

    Its answer has `observed`, as a target's ready word has. Raises TargetError
    where it does not start, dies, is silent for too long, prints rubbish, or is not
    what its interpreter's name says (the GIL came back).
    """
    words = [interpreter.python, "-P", "-m", f"concur.gil.inside.{program}", json.dumps(dict(options))]
    extra = dict(env or {})
    around = os.environ | interpreter.env | extra | {"PYTHONPATH": str(tier0_tree())}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            with running_on(tuple(cpus) if cpus else None):
                process = subprocess.Popen(
                    words, env=around, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
                )
        except OSError as error:
            raise TargetError(f"{interpreter.short} cannot be started", why=error.strerror or str(error)) from None
        status = _await(process, f"{program} on {interpreter.short}", takes_s + PATIENCE_S)
        output.seek(0)
        errors.seek(0)
        answer = _read(output.read(), errors.read(), status, f"{program} on {interpreter.short}")
    if reason := verdicts.not_as_named(interpreter, extra, answer.get("observed", {})):
        raise TargetError(f"{interpreter.short} is not what it is called", why=reason)
    return answer


def _await(process: "subprocess.Popen[bytes]", what: str, limit_s: float) -> int:
    """Its exit status. Whatever happens, it and what it started are gone afterwards."""
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise TargetError(f"{what} did not end", why=f"it ran for more than {limit_s:.0f} s, and was killed") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(output: bytes, errors: bytes, status: int, what: str) -> dict[str, Any]:
    if status:
        last = (errors.decode(errors="replace").strip().splitlines() or [f"status {status}"])[-1]
        raise TargetError(f"{what} failed", why=last)
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError as error:
        raise TargetError(f"{what} printed what is no answer", why=f"{error}: {output[:100]!r}") from None
    return answer
